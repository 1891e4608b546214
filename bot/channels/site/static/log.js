// The history on the page: in the order of message ids, those on their way at the end.

import { dayOf, el } from "./dom.js";
import { drawChanged, drawMessage, drawState } from "./message.js";

const NEAR = 80; // pixels from the end that still count as reading the end

export class Log {
  #root;
  #jump;
  #onPress;
  #shown = new Map(); // message id → element
  #said = new Map(); // message id → what was drawn, to see whether it was corrected
  #pending = new Map(); // the browser's own id → element
  #following = true;

  constructor(root, jump, onPress) {
    this.#root = root;
    this.#jump = jump;
    this.#onPress = onPress;
    jump.addEventListener("click", () => this.#toEnd());
    root.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    // The keyboard of a phone, or a picture that loads: who reads the end goes on reading it.
    new ResizeObserver(() => this.#follow()).observe(root);
    root.addEventListener("load", () => this.#follow(), true);
  }

  get empty() {
    return this.#shown.size === 0 && this.#pending.size === 0;
  }

  clear() {
    for (const element of [...this.#shown.values(), ...this.#pending.values()]) element.remove();
    this.#shown.clear();
    this.#said.clear();
    this.#pending.clear();
    this.#days();
  }

  /** Draw those messages that are not there yet, or say something else now; returns how many were drawn. */
  add(messages) {
    const corrected = messages.filter((message) => this.#isCorrected(message));
    for (const message of corrected) this.#redraw(message);
    return corrected.length + this.#addFresh(messages);
  }

  #isCorrected({ id, ...said }) {
    return this.#said.has(id) && this.#said.get(id) !== JSON.stringify(said);
  }

  #redraw(message) {
    const element = drawMessage(message, this.#onPress);
    drawChanged(element);
    this.#shown.get(message.id).remove();
    this.#place(element, message);
    this.#keep(message);
  }

  #keep({ id, ...said }) {
    this.#said.set(id, JSON.stringify(said));
  }

  #addFresh(messages) {
    const fresh = messages.filter((message) => !this.#shown.has(message.id));
    const follow = this.#atEnd();
    for (const message of fresh) {
      const element = drawMessage(message, this.#onPress);
      if (message.author === "me") drawState(element, "stored");
      this.#place(element, message);
      this.#keep(message);
    }
    if (fresh.length > 0) this.#settle(follow, this.#shown.get(fresh.at(-1).id));
    return fresh.length;
  }

  addPending(sent) {
    if (this.#pending.has(sent.id)) return;
    const message = { ...sent, author: "me" };
    const element = drawMessage(message, this.#onPress);
    element.dataset.at = sent.at;
    drawState(element, "pending");
    this.#pending.set(sent.id, element);
    this.#root.append(element);
    this.#days();
    this.#toEnd();
  }

  /** What was on its way has arrived and is the message `id` of the history. */
  stored(clientId, id) {
    const element = this.#pending.get(clientId);
    this.#pending.delete(clientId);
    if (element === undefined) return;
    if (this.#shown.has(id)) {
      element.remove();
      return;
    }
    drawState(element, "stored");
    element.remove();
    this.#place(element, { id, at: element.dataset.at });
  }

  note(clientId, words) {
    const element = this.#pending.get(clientId);
    if (element) drawState(element, "pending", words);
  }

  /** It will not be sent any more. */
  failed(clientId, words) {
    const element = this.#pending.get(clientId);
    if (element) drawState(element, "failed", words);
    this.#pending.delete(clientId);
  }

  #place(element, { id, at }) {
    element.dataset.id = id;
    element.dataset.at = at;
    let before = null;
    for (const other of [...this.#root.querySelectorAll(".message")].reverse()) {
      if (other.dataset.id !== undefined && Number(other.dataset.id) < id) break;
      before = other;
    }
    this.#root.insertBefore(element, before);
    this.#shown.set(id, element);
    this.#days();
  }

  #days() {
    for (const old of this.#root.querySelectorAll(".day")) old.remove();
    let last = null;
    for (const element of this.#root.querySelectorAll(".message")) {
      const day = dayOf(new Date(element.dataset.at));
      if (day !== last) element.before(el("p", { className: "day" }, el("span", { textContent: day })));
      last = day;
    }
  }

  #atEnd() {
    return this.#root.scrollHeight - this.#root.scrollTop - this.#root.clientHeight < NEAR;
  }

  #scrolled() {
    this.#following = this.#atEnd();
    if (this.#following) this.#jump.hidden = true;
  }

  #follow() {
    if (this.#following) this.#toEnd("instant");
  }

  #settle(follow, newest) {
    if (!follow) {
      this.#jump.hidden = false;
    } else if (newest.offsetHeight > this.#root.clientHeight) {
      newest.scrollIntoView({ block: "start" }); // a long answer is read from its beginning
    } else {
      this.#toEnd();
    }
  }

  #toEnd(behavior = "auto") {
    this.#root.scrollTo({ top: this.#root.scrollHeight, behavior });
    this.#jump.hidden = true;
  }
}
