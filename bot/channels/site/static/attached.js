// A file that a person sent: heard or seen on the page, or saved.

import { el, icon, mediaAddress, sizeOf } from "./dom.js";

export function attached(file) {
  if (mediaAddress(file.url) === null) return null;
  return { voice, video }[file.kind]?.(file) ?? saved(file);
}

function voice(file) {
  const player = el("audio", { className: "voice", src: file.url, controls: true, preload: "none", "aria-label": file.name });
  return orSaved(player, file);
}

function video(file) {
  const player = el("video", { className: "film", src: file.url, controls: true, preload: "metadata", "aria-label": file.name });
  player.playsInline = true;
  return orSaved(player, file);
}

/** A browser that cannot play it still gets it. */
function orSaved(player, file) {
  player.addEventListener("error", () => player.replaceWith(saved(file)), { once: true });
  return player;
}

function saved(file) {
  const name = el("span", { className: "file-name", textContent: file.name });
  const size = file.size ? el("span", { className: "file-size", textContent: sizeOf(file.size) }) : null;
  const link = { className: "file", href: file.url, download: file.name, "aria-label": `Скачать: ${file.name}` };
  return el("a", link, icon("M12 4v11M7 10.500l5 5 5-5M5 20h14"), name, size);
}
