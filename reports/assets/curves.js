/* Loss curves, drawn by uPlot. The figure's JSON is a list of curves: run, split, label, hue, shape;
 * step [], value [], lost {place: kind} of the nulls in value; images and flops: [] or a number a step. */
(function () {
  const names = { step: "step", images: "images seen", flops: "training FLOPs" };
  const dashes = [[], [7, 4], [2, 3], [9, 3, 2, 3]];

  lab.curves = function (figure) {
    const box = figure.querySelector(".draw");
    const all = JSON.parse(box.querySelector("script").textContent);
    for (const curve of all) for (const x of ["images", "flops"])
      if (!Array.isArray(curve[x])) { const each = curve[x]; curve[x] = curve.step.map(function (s) { return s * each; }); }
    const state = { x: "flops", logX: true, logY: true, train: true, val: true, hidden: new Set() };
    const controls = lab.make("div", box);
    controls.className = "controls";
    const plotBox = lab.make("div", box), read = lab.make("div", box), keys = lab.make("div", box);
    plotBox.setAttribute("role", "application");
    plotBox.setAttribute("aria-roledescription", "plot");
    plotBox.setAttribute("aria-label", box.dataset.about);
    plotBox.tabIndex = 0;
    read.className = "read";
    read.setAttribute("role", "status");
    keys.className = "keys";
    let plot = null;

    function shown(curve) { return state[curve.split] && !state.hidden.has(curve.label); }
    function range(log) {
      return function (u, low, high) {
        if (low === null || high === null || !(high >= low)) return log ? [1, 10] : [0, 1];
        if (low === high) return log ? [low / 1.5, high * 1.5] : [low - 0.5, high + 0.5];
        if (log) return [low * (low / high) ** 0.03, high * (high / low) ** 0.03];
        return [low - (high - low) * 0.03, high + (high - low) * 0.03];
      };
    }
    function axis(label, log, size, room) {
      return { label: label, labelSize: 22, size: size, font: "12px system-ui, sans-serif",
               labelFont: "12px system-ui, sans-serif", stroke: lab.color("--soft"),
               grid: { stroke: lab.color("--grid"), width: 1 }, ticks: { show: false },
               splits: function (u, i, low, high) { return lab.ticks(low, high, log ? "log" : "linear", room); },
               filter: function (u, splits) { return splits; },
               values: function (u, splits) { return splits.map(lab.number); } };
    }
    /* A value that is not finite has no height: a cross on the upper edge says where it was. */
    function crosses(u) {
      const context = u.ctx, size = 4 * devicePixelRatio;
      context.save();
      context.strokeStyle = lab.color("--bad");
      context.lineWidth = 2 * devicePixelRatio;
      for (const curve of all.filter(shown)) for (let i = 0; i < curve.value.length; i++) {
        if (curve.value[i] !== null) continue;
        const x = u.valToPos(curve[state.x][i], "x", true), y = u.bbox.top + size;
        if (!(x >= u.bbox.left && x <= u.bbox.left + u.bbox.width)) continue;
        context.beginPath();
        context.moveTo(x - size, y - size); context.lineTo(x + size, y + size);
        context.moveTo(x + size, y - size); context.lineTo(x - size, y + size);
        context.stroke();
      }
      context.restore();
    }
    let focused = 0; /* the series under the pointer; 0 for none */
    function cursor(u) {
      const near = all.filter(shown)[focused - 1], i = u.cursor.idx;
      const value = near && i !== null && i !== undefined ? u.data[focused][i] : null;
      read.textContent = value === null || value === undefined ? "" :
        near.label + ", " + near.split + ", run " + near.run + ": loss " + value.toPrecision(5) +
        " at " + lab.number(u.data[0][i]) + " " + names[state.x];
    }
    let room = 0; /* px across */
    function draw() {
      const wide = room, drawn = all.filter(shown);
      const tables = drawn.map(function (c) {
        const keep = c[state.x].map(function (x, i) { return i; }).filter(function (i) {
          return c[state.x][i] !== null && (!state.logX || c[state.x][i] > 0);
        });
        return [keep.map(function (i) { return c[state.x][i]; }),
                keep.map(function (i) { return c.value[i] !== null && (!state.logY || c.value[i] > 0) ? c.value[i] : null; })];
      });
      const series = [{}].concat(drawn.map(function (c) {
        return { stroke: lab.color("--hue" + c.hue % 8), width: c.split === "train" ? 1 : 2,
                 alpha: c.split === "train" ? 0.6 : 1, dash: dashes[c.shape % 4],
                 points: { show: c.split === "val", size: 6, fill: lab.color("--paper") } };
      }));
      const options = {
        width: wide, height: Math.min(460, Math.max(320, wide * 0.5)),
        legend: { show: false }, focus: { alpha: 0.35 },
        cursor: { focus: { prox: 24 }, drag: { x: true, y: true, uni: 20 } },
        scales: { x: { time: false, distr: state.logX ? 3 : 1, range: range(state.logX) },
                  y: { distr: state.logY ? 3 : 1, range: range(state.logY) } },
        axes: [axis(names[state.x], state.logX, 30, Math.max(2, Math.floor(wide / 90))), axis("loss", state.logY, 50, 8)],
        series: series, hooks: { draw: [crosses], setCursor: [cursor], setSeries: [focus] }
      };
      if (plot) plot.destroy();
      focused = 0;
      plot = drawn.length ? new uPlot(options, uPlot.join(tables), plotBox) : null;
      read.textContent = "";
    }
    function focus(u, index) { focused = index || 0; cursor(u); }

    /* The next point of the curve under the cursor, or the next curve. */
    function step(by, curves) {
      if (!plot) return;
      const count = plot.series.length - 1, xs = plot.data[0].length;
      const series = curves || !focused ? ((focused || (by > 0 ? 0 : 1)) + by + count - 1) % count + 1 : focused;
      const values = plot.data[series], start = curves || !focused ? -1 : plot.cursor.idx;
      let i = start === null || start < 0 ? (by > 0 || curves ? -1 : xs) : start;
      const way = curves ? 1 : by;
      do i += way; while (i >= 0 && i < xs && (values[i] === null || values[i] === undefined));
      if (i < 0 || i >= xs) return;
      plot.setCursor({ left: plot.valToPos(plot.data[0][i], "x"), top: plot.valToPos(values[i], "y") });
      plot.cursor.idx = i;
      plot.setSeries(series, { focus: true });
    }
    plotBox.addEventListener("keydown", function (event) {
      const keys = { ArrowRight: [1, false], ArrowLeft: [-1, false], ArrowDown: [1, true], ArrowUp: [-1, true] };
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      if (event.key === "Escape") draw();
      else if (keys[event.key]) { event.preventDefault(); step(keys[event.key][0], keys[event.key][1]); }
    });
    plotBox.addEventListener("focus", function () { if (plotBox.matches(":focus-visible") && !focused) step(1, false); });

    lab.make("span", controls, "Across");
    const select = lab.make("select", controls);
    select.setAttribute("aria-label", "quantity along the horizontal axis");
    for (const x of ["flops", "images", "step"]) lab.make("option", select, names[x]).value = x;
    select.addEventListener("change", function () { state.x = select.value; draw(); });
    for (const [key, text] of [["logX", "log across"], ["logY", "log loss"], ["train", "training"], ["val", "validation"]]) {
      const label = lab.make("label", controls), input = lab.make("input", label);
      input.type = "checkbox";
      input.checked = state[key];
      lab.make("span", label, text);
      input.addEventListener("change", function () { state[key] = input.checked; draw(); });
    }
    const whole = lab.make("button", controls, "Whole range");
    whole.type = "button";
    whole.addEventListener("click", draw);
    const data = lab.make("details", figure);
    data.className = "data";
    lab.make("summary", data, "Data (" + all.reduce(function (sum, c) { return sum + c.step.length; }, 0) + " rows)");
    lab.table(data, figure.dataset.name, function () {
      const quoted = function (text) { return /[",\n\r]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text; };
      const lines = ["label,run,split,step,images,flops,loss"];
      for (const c of all) c.step.forEach(function (step, i) {
        lines.push([quoted(c.label), c.run, c.split, step, c.images[i], c.flops[i], c.lost[i] || c.value[i]].join(","));
      });
      return lines.join("\n") + "\n";
    });

    const listed = new Map();
    for (const curve of all) if (!listed.has(curve.label)) listed.set(curve.label, curve);
    function legend() {
      keys.textContent = "";
      for (const [label, curve] of listed) {
        const key = lab.make("button", keys);
        key.type = "button";
        key.setAttribute("aria-pressed", String(!state.hidden.has(label)));
        const swatch = lab.draw("svg", key, { width: 26, height: 8, "aria-hidden": "true" });
        lab.draw("path", swatch, { d: "M0 4h26", "stroke-width": 2, stroke: lab.color("--hue" + curve.hue % 8),
                                   "stroke-dasharray": dashes[curve.shape % 4].join(" ") });
        lab.make("span", key, label);
        key.addEventListener("click", function () {
          if (!state.hidden.delete(label)) state.hidden.add(label);
          legend();
          draw();
        });
      }
    }
    return { box: box, draw: function (across) { room = across; legend(); draw(); } };
  };
})();
