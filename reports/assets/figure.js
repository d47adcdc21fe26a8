/* A plot that stands in the page as SVG: tips, keys, zoom, and a layout for its width.
 *
 * Both axes map values to pixels one to one, so another range or width moves everything that
 * was drawn by one matrix; markers keep their size and are moved alone. */
lab.figure = function (figure) {
  const canvas = figure.querySelector(".canvas"), svg = canvas.querySelector("svg");
  const find = function (name) { return svg.querySelector(name); };
  const area = find(".area"), shapes = find(".shapes"), axes = find(".axes"), frame = find(".frame");
  const read = function (name) { return +area.getAttribute(name); };
  const left = read("x"), top = read("y"), wide = read("width"), high = read("height"), bottom = top + high;
  const full = svg.viewBox.baseVal.width, tall = svg.viewBox.baseVal.height, right = full - left - wide;
  const axis = { x: svg.dataset.x.split(" "), y: svg.dataset.y.split(" ") };
  const drawn = axes.innerHTML, csv = figure.querySelector("pre.csv").textContent;
  const tip = lab.make("div", canvas), marks = Array.from(svg.querySelectorAll(".marks > g > g"));
  const view = { x: [0, 1], y: [0, 1] };
  let points = null, at = -1, inner = wide;

  tip.className = "tip";
  tip.setAttribute("role", "status");
  tip.hidden = true;
  svg.setAttribute("role", "application");
  svg.setAttribute("aria-roledescription", "plot");
  for (const mark of marks) {
    const place = mark.getAttribute("transform").match(/[-\d.]+/g).map(Number);
    mark.own = { x: place[0], y: place[1] };
  }

  /* ---- where things are ---- */

  function share(name, value) {
    const low = +axis[name][1], top = +axis[name][2];
    return axis[name][0] === "log" ? Math.log(value / low) / Math.log(top / low) : (value - low) / (top - low);
  }
  function value(name, share) {
    const low = +axis[name][1], top = +axis[name][2];
    return axis[name][0] === "log" ? low * (top / low) ** share : low + (top - low) * share;
  }
  function map() {
    const sx = inner / wide / (view.x[1] - view.x[0]), sy = 1 / (view.y[1] - view.y[0]);
    return { sx: sx, sy: sy, dx: left - sx * (left + view.x[0] * wide), dy: bottom - sy * (bottom - view.y[0] * high) };
  }
  function ticks() {
    axes.innerHTML = "";
    const ends = function (name) { return [value(name, view[name][0]), value(name, view[name][1])]; };
    const x = ends("x"), y = ends("y");
    let taken = -Infinity;
    for (const tick of lab.ticks(x[0], x[1], axis.x[0], Math.max(2, Math.floor(inner / 64)))) {
      const place = left + inner * (share("x", tick) - view.x[0]) / (view.x[1] - view.x[0]);
      lab.draw("path", axes, { class: "grid", d: "M" + place + " " + top + "V" + bottom });
      const half = 3.3 * lab.number(tick).length; /* labels do not touch, as steps on a log axis come closer */
      if (place - half < taken) continue;
      taken = place + half + 6.6;
      lab.draw("text", axes, { class: "tick", x: place, y: bottom + 17, "text-anchor": "middle" }, lab.number(tick));
    }
    for (const tick of lab.ticks(y[0], y[1], axis.y[0], Math.max(2, Math.floor(high / 48)))) {
      const place = bottom - high * (share("y", tick) - view.y[0]) / (view.y[1] - view.y[0]);
      lab.draw("path", axes, { class: "grid", d: "M" + left + " " + place + "H" + (left + inner) });
      lab.draw("text", axes, { class: "tick", x: left - 7, y: place + 4, "text-anchor": "end" }, lab.number(tick));
    }
  }
  let room = full; /* px across */
  function layout(across) {
    room = across || room;
    const width = Math.min(full, room), whole = view.x[1] - view.x[0] === 1 && view.y[1] - view.y[0] === 1;
    inner = width - left - right;
    svg.setAttribute("viewBox", "0 0 " + width + " " + tall);
    svg.setAttribute("width", width);
    area.setAttribute("width", inner);
    area.setAttribute("viewBox", [left, top, inner, high].join(" "));
    frame.setAttribute("d", "M" + left + " " + top + "V" + bottom + "H" + (left + inner));
    find(".name.x").setAttribute("x", left + inner / 2);
    const m = map();
    shapes.setAttribute("transform", "matrix(" + [m.sx, 0, 0, m.sy, m.dx, m.dy].join(" ") + ")");
    for (const mark of marks) {
      const y = mark.classList.contains("gone") ? mark.own.y : m.sy * mark.own.y + m.dy;
      mark.setAttribute("transform", "translate(" + (m.sx * mark.own.x + m.dx) + " " + y + ")");
    }
    if (whole && width === full) axes.innerHTML = drawn;
    else ticks();
    show(at);
  }

  /* ---- points and their tips ---- */

  function load() {
    if (points) return;
    const rows = lab.rows(csv), head = rows.shift(), note = head.indexOf("note"), low = head.indexOf("low");
    const own = new Map(marks.filter(function (m) { return m.dataset.row; }).map(function (m) { return [+m.dataset.row, m]; }));
    points = [];
    rows.forEach(function (row, i) {
      const mark = own.get(i), x = left + wide * share("x", +row[1]), y = bottom - high * share("y", +row[2]);
      if (!mark && (row[1] === "" || !isFinite(x) || !isFinite(y))) return;
      const range = low > 0 && row[low] !== "" ? " (" + lab.number(+row[low]) + " to " + lab.number(+row[low + 1]) + ")" : "";
      const words = note > 0 && row[note] || (row[0] ? row[0] + ": " : "") + head[2] + " " + lab.number(+row[2]) +
                    range + ", " + head[1] + " " + lab.number(+row[1]);
      points.push({ mark: mark, series: row[0], x: mark ? mark.own.x : x, y: mark ? mark.own.y : y, words: words });
    });
  }
  function place(point) {
    const m = map(), gone = point.mark && point.mark.classList.contains("gone");
    return { x: m.sx * point.x + m.dx, y: gone ? point.y : m.sy * point.y + m.dy };
  }
  function inside(p) { return p.x >= left - 1 && p.x <= left + inner + 1 && p.y >= top - 1 && p.y <= bottom + 1; }
  function show(index) {
    if (at >= 0 && points[at].mark) points[at].mark.classList.remove("on");
    at = index;
    tip.hidden = at < 0;
    if (at < 0) return;
    const point = points[at], p = place(point);
    if (!inside(p)) { at = -1; tip.hidden = true; return; }
    if (point.mark) point.mark.classList.add("on");
    if (tip.textContent !== point.words) tip.textContent = point.words;
    tip.style.top = p.y + 12 + "px";
    tip.style.left = Math.max(0, Math.min(p.x - 20, left + inner + right - tip.offsetWidth)) + "px";
  }
  function nearest(x, y) {
    let best = -1, least = 20 * 20;
    load();
    points.forEach(function (point, i) {
      const p = place(point), distance = (p.x - x) ** 2 + (p.y - y) ** 2;
      if (distance < least && inside(p)) { least = distance; best = i; }
    });
    return best;
  }
  function step(by) {
    load();
    for (let i = at < 0 && by < 0 ? points.length : at; points[i + by]; i += by)
      if (inside(place(points[i + by]))) { show(i + by); return; }
  }
  function series(by) {
    load();
    const from = at < 0 ? "" : points[at].series;
    for (let i = Math.max(at, 0); points[i]; i += by)
      if (points[i].series !== from && inside(place(points[i]))) { show(i); return; }
  }

  /* ---- zoom ---- */

  function zoom(x, y) {
    if (x[1] - x[0] < 1e-4 || y[1] - y[0] < 1e-4) return;
    view.x = [Math.max(0, x[0]), Math.min(1, x[1])];
    view.y = [Math.max(0, y[0]), Math.min(1, y[1])];
    layout();
  }
  function whole() { zoom([0, 1], [0, 1]); }
  function about(factor) {
    const p = at < 0 ? { x: left + inner / 2, y: (top + bottom) / 2 } : place(points[at]);
    const around = function (range, part) {
      const size = Math.min(1, (range[1] - range[0]) * factor), middle = range[0] + (range[1] - range[0]) * part;
      const from = Math.max(0, Math.min(1 - size, middle - size / 2));
      return [from, from + size];
    };
    zoom(around(view.x, (p.x - left) / inner), around(view.y, (bottom - p.y) / high));
  }
  let from = null, box = null;
  function spot(event) {
    const r = svg.getBoundingClientRect();
    return { x: event.clientX - r.left, y: event.clientY - r.top };
  }
  function drag(p) {
    const x = [from.x, p.x].sort(function (a, b) { return a - b; }), y = [from.y, p.y].sort(function (a, b) { return a - b; });
    return { x: [Math.max(left, x[0]), Math.min(left + inner, x[1])], y: [Math.max(top, y[0]), Math.min(bottom, y[1])] };
  }
  svg.addEventListener("pointerdown", function (event) {
    if (event.button === 0 && event.pointerType !== "touch" && inside(spot(event))) from = spot(event);
  });
  svg.addEventListener("pointermove", function (event) {
    const p = spot(event);
    if (!from) { show(nearest(p.x, p.y)); return; }
    const d = drag(p);
    if (!box) { box = lab.draw("rect", svg, { class: "select" }); svg.setPointerCapture(event.pointerId); }
    box.setAttribute("x", d.x[0]); box.setAttribute("width", Math.max(0, d.x[1] - d.x[0]));
    box.setAttribute("y", d.y[0]); box.setAttribute("height", Math.max(0, d.y[1] - d.y[0]));
  });
  svg.addEventListener("pointerup", function (event) {
    if (box) {
      const d = drag(spot(event));
      const along = function (p) { return view.x[0] + (view.x[1] - view.x[0]) * (p - left) / inner; };
      const up = function (p) { return view.y[0] + (view.y[1] - view.y[0]) * (bottom - p) / high; };
      if (d.x[1] - d.x[0] > 6 && d.y[1] - d.y[0] > 6) zoom([along(d.x[0]), along(d.x[1])], [up(d.y[1]), up(d.y[0])]);
      box.remove();
    }
    from = box = null;
  });
  svg.addEventListener("pointerleave", function () { if (!from) show(-1); });
  svg.addEventListener("dblclick", whole);

  /* ---- keys ---- */

  const keys = {
    ArrowRight: function () { step(1); }, ArrowLeft: function () { step(-1); },
    ArrowDown: function () { series(1); }, ArrowUp: function () { series(-1); },
    Home: function () { show(-1); step(1); }, End: function () { show(-1); step(-1); },
    "+": function () { about(0.5); }, "=": function () { about(0.5); }, "-": function () { about(2); },
    Escape: function () { show(-1); whole(); }
  };
  svg.addEventListener("keydown", function (event) {
    if (!keys[event.key] || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    keys[event.key]();
  });
  svg.addEventListener("focus", function () { if (svg.matches(":focus-visible")) { show(-1); step(1); } });
  svg.addEventListener("blur", function () { show(-1); });

  lab.table(figure.querySelector(".data"), figure.dataset.name, function () { return csv; });
  return { box: canvas, draw: layout };
};
