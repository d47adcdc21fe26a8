/* What figures of both kinds share: elements, colours, ticks, and the table behind a figure. */
"use strict";
const lab = { printing: false };

(function () {
  const SVG = "http://www.w3.org/2000/svg";

  /* Colours are read once a painting: asking makes the browser lay out what has changed. */
  const colors = new Map();
  lab.color = function (name) {
    if (!colors.has(name))
      colors.set(name, getComputedStyle(document.documentElement).getPropertyValue(name).trim());
    return colors.get(name);
  };
  lab.repaint = function () { colors.clear(); };
  lab.make = function (tag, parent, text) {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    parent.appendChild(element);
    return element;
  };
  lab.draw = function (tag, parent, attributes, text) {
    const element = document.createElementNS(SVG, tag);
    for (const name in attributes) element.setAttribute(name, attributes[name]);
    if (text !== undefined) element.textContent = text;
    parent.appendChild(element);
    return element;
  };
  /* Of a figure: that of its box, or of a sheet of paper. */
  lab.width = function (box) { return lab.printing ? 660 : Math.max(240, box.clientWidth); };

  /* ---- ticks: powers of ten, or steps of 1, 2 or 5 ---- */

  function power(exponent) {
    return "10" + String(exponent).replace(/./g, function (c) {
      return c === "-" ? "\u207B" : "\u2070\u00B9\u00B2\u00B3\u2074\u2075\u2076\u2077\u2078\u2079"[+c];
    });
  }
  lab.number = function (value) {
    const size = Math.abs(value);
    if (size === 0) return "0";
    if (size >= 1e-3 && size < 1e5) return String(+value.toPrecision(6));
    const exponent = Math.floor(Math.log10(size) + 1e-9), front = +(value / 10 ** exponent).toPrecision(4);
    return front === 1 ? power(exponent) : front + "\u00D7" + power(exponent);
  };
  /* kind: log, linear, or whole, which counts things; room for about that many. */
  lab.ticks = function (low, high, kind, room) {
    const out = [], span = kind === "log" ? Math.log10(high / low) : 0;
    if (span >= 0.9) {
      const every = Math.max(1, Math.ceil(span / room));
      for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++)
        for (const front of span * 3 < room - 1 ? [1, 2, 5] : [1])
          if (e % every === 0 && front * 10 ** e >= low && front * 10 ** e <= high) out.push(front * 10 ** e);
      return out;
    }
    const rough = (high - low) / Math.min(room, 6), unit = 10 ** Math.floor(Math.log10(rough)), front = rough / unit;
    let step = unit * (front < 1.5 ? 1 : front < 3.5 ? 2 : front < 7.5 ? 5 : 10);
    if (kind === "whole") step = Math.max(1, Math.round(step));
    for (let i = Math.ceil(low / step); i <= Math.floor(high / step); i++) out.push(+(i * step).toPrecision(12));
    return out;
  };

  /* ---- rows ---- */

  lab.rows = function (csv) {
    const rows = [];
    let row = [], cell = "", quoted = false;
    for (let i = 0; i < csv.length; i++) {
      const c = csv[i];
      if (quoted && c === '"' && csv[i + 1] === '"') cell += csv[++i];
      else if (c === '"') quoted = !quoted;
      else if (quoted || (c !== "," && c !== "\n")) cell += c;
      else {
        row.push(cell);
        cell = "";
        if (c === "\n") { rows.push(row); row = []; }
      }
    }
    return rows;
  };
  /* The table of what a figure shows, and its rows as a file; made when it is opened first. */
  lab.table = function (details, name, text) {
    details.addEventListener("toggle", function () {
      if (details.querySelector("table")) return;
      const csv = text(), rows = lab.rows(csv), head = rows.shift(), old = details.querySelector("pre");
      if (old) old.remove();
      const save = lab.make("a", lab.make("p", details), "Save as " + name + ".csv");
      save.download = name + ".csv";
      save.href = "data:text/csv;charset=utf-8," + encodeURIComponent(csv);
      const box = lab.make("div", details), table = lab.make("table", box);
      box.className = "scroll tall";
      box.tabIndex = 0;
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", "Data of the figure " + name);
      lab.make("caption", table, "What the figure " + name + " shows");
      const top = lab.make("tr", lab.make("thead", table)), body = lab.make("tbody", table);
      const numbers = head.map(function (title, i) {
        return rows.some(function (row) { return row[i] !== ""; }) &&
               rows.every(function (row) { return row[i] === "" || /^-?(\d|nan|inf)/.test(row[i]) && isNaN(row[i]) === /n/.test(row[i]); });
      });
      head.forEach(function (title, i) {
        const cell = lab.make("th", top, title);
        cell.scope = "col";
        if (numbers[i]) cell.className = "n";
      });
      for (const row of rows) {
        const line = lab.make("tr", body);
        row.forEach(function (value, i) {
          const cell = lab.make(i ? "td" : "th", line, value);
          if (!i) cell.scope = "row";
          if (numbers[i]) cell.className = "n";
        });
      }
    });
  };
})();
