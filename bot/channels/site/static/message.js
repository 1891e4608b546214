// One message as elements.

import { attached } from "./attached.js";
import { el, icon, linked, mediaAddress, picture, timeOf } from "./dom.js";
import { openViewer } from "./viewer.js";

const AUTHORS = { me: "Вы", bot: "Бот", staff: "Сотрудник" };
const TILES = 4;

/** `onPress(key, title)` is called when the customer presses a button of the message. */
export function drawMessage(message, onPress) {
  const at = new Date(message.at);
  const files = message.files ?? [];
  const photos = files.filter((file) => file.kind === "photo").map((file) => file.url);
  const parts = [
    el("span", { className: "sr", textContent: `${AUTHORS[message.author]}: ` }),
    message.author === "staff" ? el("p", { className: "who", textContent: "Сотрудник" }) : null,
    bubble(message),
    album([...(message.pictures ?? []), ...photos]),
    video(message.video),
    ...files.filter((file) => file.kind !== "photo").map(attached),
    cards(message.cards ?? [], onPress),
    el("p", { className: "meta" }, el("time", { dateTime: message.at, textContent: timeOf(at) })),
    buttons(message.buttons ?? [], onPress),
  ];
  return el("article", { className: `message ${message.author}` }, ...parts);
}

/** It says something else than when it was first read. */
export function drawChanged(element) {
  element.querySelector(".meta").append(el("span", { textContent: "изменено" }));
}

/** What stands beside the time of an own message: on its way, arrived, or why not. */
export function drawState(element, state, words) {
  element.dataset.state = state;
  element.querySelector(".state")?.remove();
  const label = { pending: "отправляется", stored: "отправлено" }[state];
  const path = { pending: "M12 4a8 8 0 1 0 .01 0M12 8v4l3 2", stored: "M5 12.500l4.5 4.500L19 7.5" }[state];
  const seen = el("span", { className: "state", title: label ?? "" });
  if (path) seen.append(icon(path), el("span", { className: "sr", textContent: label }));
  if (words || !path) seen.append(words ?? "");
  element.querySelector(".meta").append(seen);
}

function bubble({ text, quote }) {
  if (!text && !quote) return null;
  const quoted = quote ? el("q", { className: "quote", textContent: quote }) : null;
  return el("p", { className: "bubble" }, quoted, linked(text));
}

function album(addresses) {
  const safe = addresses.filter((address) => mediaAddress(address));
  if (safe.length === 0) return null;
  const shown = safe.slice(0, TILES);
  const tiles = shown.map((address, position) => {
    const rest = safe.length - TILES;
    const more = position === TILES - 1 && rest > 0 ? el("span", { className: "more", textContent: `+${rest}` }) : null;
    const tile = el(
      "button",
      { type: "button", className: "tile", "aria-label": `Фото ${position + 1} из ${safe.length}, открыть` },
      picture(address, ""),
      more,
    );
    tile.addEventListener("click", () => openViewer(safe, position, "Фотографии"));
    return tile;
  });
  return el("div", { className: `album album-${shown.length}` }, ...tiles);
}

function video(address) {
  const safe = mediaAddress(address);
  if (safe === null) return null;
  const play = icon("M8 5.500v13l11-6.500z");
  const link = el("a", { className: "video", href: safe, target: "_blank", rel: "noopener noreferrer" }, play);
  link.append("Смотреть видео");
  return link;
}

function cards(list, onPress) {
  if (list.length === 0) return null;
  return el("ul", { className: "cards", role: "list", "aria-label": "Автомобили" }, ...list.map((c) => card(c, onPress)));
}

function card(shown, onPress) {
  const button = pressable(shown.button, shown.key, onPress);
  button.setAttribute("aria-label", `${shown.button}: ${shown.title}`);
  return el(
    "li",
    { className: "card" },
    picture(shown.picture, shown.title),
    el("b", { className: "card-title", textContent: shown.title }),
    el("p", { className: "card-text", textContent: shown.text }),
    button,
  );
}

function buttons(list, onPress) {
  if (list.length === 0) return null;
  const pressables = list.map((b) => pressable(b.title, b.key, onPress));
  return el("div", { className: "buttons", role: "group", "aria-label": "Варианты ответа" }, ...pressables);
}

function pressable(title, key, onPress) {
  const button = el("button", { type: "button", className: "chip", textContent: title });
  button.addEventListener("click", () => {
    button.classList.add("pressed");
    onPress(key, title);
  });
  return button;
}
