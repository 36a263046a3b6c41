// Before the first paint: the chosen scheme, so that a dark page does not begin white. A file, because the
// Content-Security-Policy allows no script in the page.
(() => {
  let chosen = null;
  try {
    chosen = window.localStorage.getItem("bursar-scheme");
  } catch {
    // Storage may be forbidden; then the system decides.
  }
  const dark =
    chosen === "dark" || (chosen !== "light" && window.matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
