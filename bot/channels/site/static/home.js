// The full page: the chat, and the cars on sale beside it.

import { Chat } from "./chat.js";
import { replaceBroken } from "./dom.js";
import { followKeyboard } from "./viewport.js";

const chat = new Chat(document.getElementById("chat"));
followKeyboard();

for (const car of document.querySelectorAll(".strip-car")) {
  car.querySelectorAll("img").forEach(replaceBroken);
  car.addEventListener("click", () => {
    chat.about(car.dataset);
    chat.focus();
  });
}
