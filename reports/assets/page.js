/* Light and dark, paper, and the figures. */
(function () {
  const dark = document.getElementById("dark"), button = document.getElementById("theme");
  const prefers = window.matchMedia("(prefers-color-scheme: dark)");
  let drawn = [];
  let chosen = null; /* what the reader clicked, until the page is closed */

  function isDark() { return chosen === null ? prefers.matches : chosen; }
  function paint() {
    dark.media = lab.printing ? "not all" : chosen === null ? "screen and (prefers-color-scheme: dark)"
                              : chosen ? "screen" : "not all";
    button.textContent = isDark() ? "Light" : "Dark";
    draw();
  }
  /* All widths are read before anything is drawn, so that the page is laid out once. */
  function draw() {
    const widths = drawn.map(function (figure) { return lab.width(figure.box); });
    lab.repaint();
    drawn.forEach(function (figure, i) { figure.draw(widths[i]); });
  }
  function paper(on) { lab.printing = on; paint(); }
  button.hidden = false;
  button.addEventListener("click", function () { chosen = !isDark(); paint(); });
  prefers.addEventListener("change", paint);
  window.addEventListener("beforeprint", function () { paper(true); });
  window.addEventListener("afterprint", function () { paper(false); });

  const figures = Array.from(document.querySelectorAll("figure"));
  if (figures.length > 0) {
    const hint = lab.make("p", document.querySelector("nav"));
    hint.className = "hint";
    hint.textContent = "Drag in a figure to zoom; double click or Escape shows the whole again. With the " +
                       "keyboard, arrows go from point to point.";
  }
  drawn = figures.map(function (figure) {
    return figure.classList.contains("curves") ? lab.curves(figure) : lab.figure(figure);
  });
  let width = document.body.clientWidth;
  window.addEventListener("resize", function () {
    if (document.body.clientWidth === width || lab.printing) return;
    width = document.body.clientWidth;
    draw();
  });
  paint();
  document.documentElement.dataset.ready = "yes";
})();
