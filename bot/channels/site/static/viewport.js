// Safari lays its keyboard over the page instead of shrinking it: the style is told what is left.

export function followKeyboard() {
  const view = window.visualViewport;
  if (!view) return;
  view.addEventListener("resize", () => {
    document.documentElement.style.setProperty("--view", `${Math.round(view.height * view.scale)}px`);
    if (view.scale === 1) window.scrollTo(0, 0);
  });
}
