// The widget's page. In a frame it talks to widget.js of the page around it: closing, unread answers.

import { Chat } from "./chat.js";
import { followKeyboard } from "./viewport.js";

const root = document.getElementById("chat");
const framed = window.parent !== window;
let visible = true;
let unread = 0;

const chat = new Chat(root, { onNews: count });
followKeyboard();
paint(new URLSearchParams(location.search).get("color"));

if (framed) {
  const close = root.querySelector(".close");
  close.hidden = false;
  close.addEventListener("click", () => tell({ type: "avtootvet:close" }));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) tell({ type: "avtootvet:close" });
  });
  window.addEventListener("message", (event) => {
    if (event.source === window.parent && event.data?.type === "avtootvet:visible") see(event.data.visible === true);
  });
  tell({ type: "avtootvet:ready" });
}

function see(now) {
  visible = now;
  if (!visible) return;
  unread = 0;
  tell({ type: "avtootvet:unread", count: 0 });
  chat.focus();
}

function count(news) {
  if (!framed || visible) return;
  unread += news;
  tell({ type: "avtootvet:unread", count: unread });
}

function tell(message) {
  // Nothing in it is secret: any page may hold the widget.
  window.parent.postMessage(message, "*");
}

/** The dealer's colour, with letters that can be read on it. */
function paint(colour) {
  if (!/^[0-9a-f]{6}$/i.test(colour ?? "")) return;
  const [red, green, blue] = [0, 2, 4].map((at) => linear(parseInt(colour.slice(at, at + 2), 16) / 255));
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  const style = document.documentElement.style;
  style.setProperty("--accent", `#${colour}`);
  style.setProperty("--on-accent", luminance > 0.179 ? "#101413" : "#ffffff");
}

/** A channel of sRGB as light, for the contrast of WCAG 2. */
function linear(channel) {
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
}
