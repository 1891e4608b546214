// The chat itself: what is typed goes into a queue, from there to the server; what the server tells is drawn.

import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { picture } from "./dom.js";
import { Log } from "./log.js";
import { Store } from "./store.js";

const ACK_TIMEOUT = 10_000;
const MAX_PENDING = 50; // of wire.py; what is left out is sent again, which does no harm
const QUIET_CONNECT = 700; // a connection that is there sooner needs no words

const BANNERS = {
  connecting: "Соединяюсь…",
  offline: "Нет связи, пробую снова…",
  unavailable: "Бот пока недоступен, пробую снова. Можно позвонить:",
};

export class Chat {
  #root;
  #store = new Store();
  #log;
  #composer;
  #connection;
  #queue = this.#store.pending; // {id, text, at, key?, car?}: not yet known to have arrived
  #last = 0; // the highest message id up to which everything has come
  #car = null;
  #timers = {};
  #usualLine; // under the dealer's name, while nobody of his people answers

  /** `onNews(count)` is told how many messages the customer has not seen before. */
  constructor(root, { onNews = () => {} } = {}) {
    this.#root = root;
    this.onNews = onNews;
    this.#usualLine = this.#find(".head p").textContent;
    this.#log = new Log(this.#find(".log"), this.#find(".jump"), (key, title) => this.#say({ key, text: title }));
    this.#composer = new Composer(this.#find(".composer"), Number(root.dataset.limit), (text) => this.#say({ text }));
    for (const hint of root.querySelectorAll(".hints button")) {
      hint.addEventListener("click", () => this.#say({ text: hint.textContent }));
    }
    this.#find(".topic-drop").addEventListener("click", () => {
      this.about(null);
      this.focus();
    });
    if (root.dataset.ref) this.about(root.dataset);
    this.#queue.forEach((sent) => this.#log.addPending(sent));
    this.#welcome();
    this.#connection = new Connection({
      hello: () => this.#hello(),
      onFrame: (frame) => this.#take(frame),
      onState: (state) => this.#showState(state),
      onRejected: () => this.#giveUp(),
    });
    this.#connection.open();
  }

  focus() {
    this.#composer.focus();
  }

  /** What is asked from now on is about this car: {ref, title, line, picture}, or about none in particular. */
  about(car) {
    this.#car = car?.ref ?? null;
    const named = Boolean(car?.title);
    this.#find(".topic").hidden = !named;
    this.#find(".hints-car").hidden = this.#car === null;
    this.#find(".hints:not(.hints-car)").hidden = this.#car !== null;
    if (!named) return;
    this.#find(".topic-picture").replaceWith(picture(car.picture, ""));
    this.#find(".topic .picture").classList.add("topic-picture");
    this.#find(".topic-text b").textContent = car.title;
    this.#find(".topic-text span").textContent = car.line;
  }

  #find(selector) {
    return this.#root.querySelector(selector);
  }

  #hello() {
    const pending = this.#queue.slice(0, MAX_PENDING).map((sent) => sent.id);
    return { type: "hello", chat: this.#store.chat, after: this.#last, pending };
  }

  #say({ text, key }) {
    const sent = { id: uuid(), text, at: new Date().toISOString(), key, car: this.#car ?? undefined };
    this.#queue.push(sent);
    this.#store.pending = this.#queue;
    this.#log.addPending(sent);
    this.#welcome();
    this.#transmit(sent);
  }

  #transmit({ id, text, key, car }) {
    const frame = key === undefined ? { type: "say", id, text, car } : { type: "press", id, key, car };
    if (this.#connection.send(frame)) this.#expectAck();
  }

  #flush() {
    this.#queue.forEach((sent) => this.#transmit(sent));
  }

  #expectAck() {
    clearTimeout(this.#timers.ack);
    this.#timers.ack = setTimeout(() => this.#queue.length && this.#connection.restart(), ACK_TIMEOUT);
  }

  #take(frame) {
    if (frame.type === "ready") this.#begin(frame);
    else if (frame.type === "news") this.#news(frame);
    else if (frame.type === "stored") this.#arrived(frame.id, frame.message);
    else if (frame.type === "slow") this.#wait(frame);
    else if (frame.type === "refused") this.#drop(frame.id, frame.text);
  }

  #begin({ chat, fresh, history, stored, typing, staff }) {
    this.#store.chat = chat;
    if (fresh) {
      this.#last = 0;
      this.#log.clear();
    }
    for (const [id, message] of Object.entries(stored)) this.#arrived(id, message);
    const again = this.#last > 0;
    this.#show({ messages: history, typing, staff }, again);
    this.#queue.forEach((sent) => this.#log.addPending(sent));
    this.#welcome();
    // What was there before is not read out, only what comes from now on.
    requestAnimationFrame(() => this.#find(".log").setAttribute("aria-live", "polite"));
    this.#flush();
  }

  #news(frame) {
    this.#show(frame, true);
  }

  #show({ messages, typing, staff }, isNews) {
    const drawn = this.#log.add(messages);
    if (messages.length > 0) this.#last = Math.max(this.#last, messages.at(-1).id);
    this.#find(".typing").hidden = !typing;
    this.#find(".head p").textContent = staff ? `Вам отвечает ${staff}` : this.#usualLine;
    this.#welcome();
    const theirs = messages.filter((message) => message.author !== "me").length;
    if (isNews && drawn > 0 && theirs > 0) this.onNews(Math.min(drawn, theirs));
  }

  #arrived(id, message) {
    this.#log.stored(id, message);
    this.#forget(id);
  }

  #drop(id, words) {
    this.#log.failed(id, words);
    this.#forget(id);
  }

  #forget(id) {
    this.#queue = this.#queue.filter((sent) => sent.id !== id);
    this.#store.pending = this.#queue;
    if (this.#queue.length === 0) clearTimeout(this.#timers.ack);
  }

  #wait({ id, seconds }) {
    this.#log.note(id, "слишком быстро, отправлю чуть позже");
    clearTimeout(this.#timers.ack);
    clearTimeout(this.#timers.slow);
    this.#timers.slow = setTimeout(() => this.#flush(), seconds * 1000 + 100);
  }

  /** The server closed the connection because of what was sent: the same must not be sent for ever. */
  #giveUp() {
    for (const sent of [...this.#queue]) this.#drop(sent.id, "не отправлено");
  }

  #welcome() {
    this.#find(".welcome").hidden = !this.#log.empty;
  }

  #showState(state) {
    clearTimeout(this.#timers.state);
    this.#root.dataset.connection = state;
    if (state !== "online") this.#find(".typing").hidden = true;
    if (state === "connecting") {
      this.#timers.state = setTimeout(() => this.#banner(state), QUIET_CONNECT);
    } else {
      this.#banner(state);
    }
  }

  #banner(state) {
    const words = BANNERS[state] ?? "";
    this.#find(".banner").hidden = words === "";
    this.#find(".banner-text").textContent = words;
    this.#find(".banner-call").hidden = state !== "unavailable";
  }
}

/** `crypto.randomUUID` exists only on https and localhost. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
