// The album over the whole page: arrows, swipe, Escape. Focus goes back to where it was opened.

import { el, icon, mediaAddress } from "./dom.js";

const SWIPE = 40; // pixels

export function openViewer(addresses, start, title) {
  let current = start;
  let touchedAt = null;
  const stage = el("div", { className: "viewer-stage" });
  const count = el("p", { className: "viewer-count", "aria-live": "polite" });
  const control = (name, label, path, act) => {
    const button = el("button", { type: "button", className: `icon-button ${name}`, "aria-label": label }, icon(path));
    button.addEventListener("click", act);
    return button;
  };
  const close = control("viewer-close", "Закрыть", "M6 6l12 12M18 6L6 18", () => dialog.close());
  const back = control("viewer-back", "Предыдущее фото", "M15 5l-7 7 7 7", () => show(current - 1));
  const forward = control("viewer-forward", "Следующее фото", "M9 5l7 7-7 7", () => show(current + 1));
  const dialog = el("dialog", { className: "viewer", "aria-label": title }, stage, count, close, back, forward);
  back.hidden = forward.hidden = addresses.length < 2;

  function show(position) {
    current = (position + addresses.length) % addresses.length;
    const image = el("img", {
      src: mediaAddress(addresses[current]),
      alt: `Фото ${current + 1}`,
      referrerPolicy: "no-referrer",
    });
    image.addEventListener("error", () => stage.replaceChildren(el("span", { className: "picture" })), { once: true });
    stage.replaceChildren(image);
    count.textContent = `${current + 1} из ${addresses.length}`;
  }

  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") show(current - 1);
    else if (event.key === "ArrowRight") show(current + 1);
    else if (event.key === "Escape") event.stopPropagation(); // closes the album, not the widget
  });
  stage.addEventListener("click", (event) => event.target === stage && dialog.close());
  stage.addEventListener("touchstart", (event) => (touchedAt = event.changedTouches[0].clientX), { passive: true });
  stage.addEventListener("touchend", (event) => {
    const moved = event.changedTouches[0].clientX - (touchedAt ?? 0);
    if (Math.abs(moved) > SWIPE) show(current + (moved < 0 ? 1 : -1));
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  show(start);
  dialog.showModal();
  close.focus();
}
