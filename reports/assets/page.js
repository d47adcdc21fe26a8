/* Light and dark, and the zoomable curves. */
(function () {
  "use strict";
  const dark = document.getElementById("dark"), button = document.getElementById("theme");
  const prefers = window.matchMedia("(prefers-color-scheme: dark)");
  const redraw = [];
  let chosen = null; /* what the reader clicked, until the page is closed */

  function isDark() { return chosen === null ? prefers.matches : chosen; }
  function paint() {
    dark.media = chosen === null ? "screen and (prefers-color-scheme: dark)"
                                 : chosen ? "screen" : "not all";
    button.textContent = isDark() ? "Light" : "Dark";
    for (const draw of redraw) draw();
  }
  button.hidden = false;
  button.addEventListener("click", function () { chosen = !isDark(); paint(); });
  prefers.addEventListener("change", paint);

  function color(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }
  function make(tag, parent, text) {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    parent.appendChild(element);
    return element;
  }

  /* ---- ticks: powers of ten, or steps of 1, 2 or 5 ---- */

  function power(exponent) {
    return "10" + String(exponent).replace(/./g, function (c) {
      return c === "-" ? "\u207B" : "\u2070\u00B9\u00B2\u00B3\u2074\u2075\u2076\u2077\u2078\u2079"[+c];
    });
  }
  function number(value) {
    const size = Math.abs(value);
    if (size === 0) return "0";
    if (size >= 1e-3 && size < 1e5) return String(+value.toPrecision(6));
    const exponent = Math.floor(Math.log10(size) + 1e-9), front = +(value / 10 ** exponent).toPrecision(4);
    return front === 1 ? power(exponent) : front + "\u00D7" + power(exponent);
  }
  function ticks(low, high, log) {
    const out = [], span = log ? Math.log10(high / low) : 0;
    if (log && span >= 0.9) {
      const every = Math.max(1, Math.ceil(span / 8));
      for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++)
        for (const front of span < 2.2 ? [1, 2, 5] : [1])
          if (e % every === 0 && front * 10 ** e >= low && front * 10 ** e <= high) out.push(front * 10 ** e);
      return out;
    }
    const rough = (high - low) / 6, unit = 10 ** Math.floor(Math.log10(rough)), front = rough / unit;
    const step = unit * (front < 1.5 ? 1 : front < 3.5 ? 2 : front < 7.5 ? 5 : 10);
    for (let i = Math.ceil(low / step); i <= Math.floor(high / step); i++) out.push(+(i * step).toPrecision(12));
    return out;
  }

  /* ---- curves ---- */

  const names = { step: "step", images: "images seen", flops: "training FLOPs" };
  const dashes = [[], [7, 4], [2, 3], [9, 3, 2, 3]];

  function curves(box) {
    const all = JSON.parse(box.querySelector("script").textContent);
    const state = { x: "flops", logX: true, logY: true, train: true, val: true, hidden: new Set() };
    const controls = make("div", box);
    controls.className = "controls";
    const plotBox = make("div", box), read = make("div", box), keys = make("div", box);
    plotBox.setAttribute("role", "img");
    plotBox.setAttribute("aria-label", box.dataset.about);
    read.className = "read";
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
    function axis(label, log, size) {
      return { label: label, labelSize: 22, size: size, font: "12px system-ui, sans-serif",
               labelFont: "12px system-ui, sans-serif", stroke: color("--soft"),
               grid: { stroke: color("--grid"), width: 1 }, ticks: { show: false },
               splits: function (u, i, low, high) { return ticks(low, high, log); },
               filter: function (u, splits) { return splits; },
               values: function (u, splits) { return splits.map(number); } };
    }
    /* A value that is not finite has no height: a cross on the upper edge says where it was. */
    function crosses(u) {
      const context = u.ctx, size = 4 * devicePixelRatio;
      context.save();
      context.strokeStyle = color("--bad");
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
        " at " + number(u.data[0][i]) + " " + names[state.x];
    }
    function draw() {
      const drawn = all.filter(shown);
      const tables = drawn.map(function (c) {
        const keep = c[state.x].map(function (x, i) { return i; }).filter(function (i) {
          return c[state.x][i] !== null && (!state.logX || c[state.x][i] > 0);
        });
        return [keep.map(function (i) { return c[state.x][i]; }),
                keep.map(function (i) { return c.value[i] !== null && (!state.logY || c.value[i] > 0) ? c.value[i] : null; })];
      });
      const series = [{}].concat(drawn.map(function (c) {
        return { stroke: color("--hue" + c.hue % 8), width: c.split === "train" ? 1 : 2,
                 alpha: c.split === "train" ? 0.6 : 1, dash: dashes[c.shape % 4],
                 points: { show: c.split === "val", size: 6, fill: color("--paper") } };
      }));
      const options = {
        width: Math.max(box.clientWidth, 320), height: Math.min(460, Math.max(320, box.clientWidth * 0.5)),
        legend: { show: false }, focus: { alpha: 0.35 },
        cursor: { focus: { prox: 24 }, drag: { x: true, y: true, uni: 20 } },
        scales: { x: { time: false, distr: state.logX ? 3 : 1, range: range(state.logX) },
                  y: { distr: state.logY ? 3 : 1, range: range(state.logY) } },
        axes: [axis(names[state.x], state.logX, 30), axis("loss", state.logY, 50)],
        series: series, hooks: { draw: [crosses], setCursor: [cursor], setSeries: [focus] }
      };
      if (plot) plot.destroy();
      focused = 0;
      plot = drawn.length ? new uPlot(options, uPlot.join(tables), plotBox) : null;
      read.textContent = "";
    }
    function focus(u, index) { focused = index || 0; cursor(u); }

    make("span", controls, "Across");
    const select = make("select", controls);
    select.setAttribute("aria-label", "quantity along the horizontal axis");
    for (const x of ["flops", "images", "step"]) make("option", select, names[x]).value = x;
    select.addEventListener("change", function () { state.x = select.value; draw(); });
    for (const [key, text] of [["logX", "log across"], ["logY", "log loss"], ["train", "training"], ["val", "validation"]]) {
      const label = make("label", controls), input = make("input", label);
      input.type = "checkbox";
      input.checked = state[key];
      make("span", label, text);
      input.addEventListener("change", function () { state[key] = input.checked; draw(); });
    }
    const whole = make("button", controls, "Whole range");
    whole.type = "button";
    whole.addEventListener("click", draw);
    make("span", controls, "Drag to zoom.");

    const listed = new Map();
    for (const curve of all) if (!listed.has(curve.label)) listed.set(curve.label, curve);
    function legend() {
      keys.textContent = "";
      for (const [label, curve] of listed) {
        const key = make("button", keys);
        key.type = "button";
        key.setAttribute("aria-pressed", String(!state.hidden.has(label)));
        const swatch = document.createElementNS("http://www.w3.org/2000/svg", "svg");
        swatch.setAttribute("width", 26);
        swatch.setAttribute("height", 8);
        const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
        line.setAttribute("d", "M0 4h26");
        line.setAttribute("stroke", color("--hue" + curve.hue % 8));
        line.setAttribute("stroke-width", 2);
        line.setAttribute("stroke-dasharray", dashes[curve.shape % 4].join(" "));
        swatch.appendChild(line);
        key.appendChild(swatch);
        make("span", key, label);
        key.addEventListener("click", function () {
          if (!state.hidden.delete(label)) state.hidden.add(label);
          legend();
          draw();
        });
      }
    }
    function all_again() { legend(); draw(); }
    redraw.push(all_again);
    let width = box.clientWidth;
    window.addEventListener("resize", function () {
      if (box.clientWidth !== width) { width = box.clientWidth; draw(); }
    });
  }

  document.querySelectorAll(".curves").forEach(curves);
  paint();
  document.documentElement.dataset.ready = "yes";
})();
