// Runs before the first paint, so that a dark page never flashes light. A file of its own because
// the Content-Security-Policy allows no inline scripts. src/theme.ts holds the same rule.
(function () {
  var chosen = null;
  try {
    chosen = localStorage.getItem("theme");
  } catch {
    // storage denied: the system's preference decides
  }
  var dark = chosen ? chosen === "night" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "night" : "day";
})();
