/* Light and dark, paper, and the figures. */
(function () {
  const dark = document.getElementById("dark"), button = document.getElementById("theme");
  const prefers = window.matchMedia("(prefers-color-scheme: dark)");
  const redraw = [];
  let chosen = null; /* what the reader clicked, until the page is closed */

  function isDark() { return chosen === null ? prefers.matches : chosen; }
  function paint() {
    dark.media = lab.printing ? "not all" : chosen === null ? "screen and (prefers-color-scheme: dark)"
                              : chosen ? "screen" : "not all";
    button.textContent = isDark() ? "Light" : "Dark";
    for (const draw of redraw) draw();
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
  for (const figure of figures)
    redraw.push(figure.classList.contains("curves") ? lab.curves(figure) : lab.figure(figure));
  let width = document.body.clientWidth;
  window.addEventListener("resize", function () {
    if (document.body.clientWidth === width || lab.printing) return;
    width = document.body.clientWidth;
    for (const draw of redraw) draw();
  });
  paint();
  document.documentElement.dataset.ready = "yes";
})();
