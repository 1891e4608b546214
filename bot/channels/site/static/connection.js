// The WebSocket, opened again for as long as the page lives. Frames: see wire.py.

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 10_000;

// After so many failures in a row it is no longer a passing gap.
const PATIENCE = 4;

const TRY_LATER = 1013;
const REJECTED = new Set([1008, 1009]);

export class Connection {
  #socket = null;
  #failures = 0;
  #timer = 0;
  #ready = false;

  /**
   * `hello()` makes the first frame; `onFrame(frame)` takes the server's; `onState(state)` is told
   * "connecting", "online", "offline" or "unavailable"; `onRejected()`: what was sent is not accepted.
   */
  constructor({ hello, onFrame, onState, onRejected }) {
    this.hello = hello;
    this.onFrame = onFrame;
    this.onState = onState;
    this.onRejected = onRejected;
    window.addEventListener("online", () => this.#hurry());
    window.addEventListener("offline", () => this.restart());
    document.addEventListener("visibilitychange", () => document.hidden || this.#hurry());
  }

  open() {
    clearTimeout(this.#timer);
    if (this.#failures === 0) this.onState("connecting");
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/site/ws`);
    this.#socket = socket;
    socket.addEventListener("open", () => socket.send(JSON.stringify(this.hello())));
    socket.addEventListener("message", (event) => socket === this.#socket && this.#take(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => socket === this.#socket && this.#lost(event.code));
  }

  /** False while there is no connection: the frame has to be sent after the next "ready". */
  send(frame) {
    if (!this.#ready || this.#socket.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** The connection seems dead though nobody closed it. */
  restart() {
    const dead = this.#socket;
    this.#socket = null;
    dead?.close();
    this.#lost(0);
  }

  #take(frame) {
    if (frame.type === "ready") {
      this.#ready = true;
      this.#failures = 0;
      this.onState("online");
    }
    this.onFrame(frame);
  }

  #lost(code) {
    this.#ready = false;
    this.#socket = null;
    this.#failures += 1;
    if (REJECTED.has(code)) this.onRejected();
    this.onState(code === TRY_LATER || this.#failures >= PATIENCE ? "unavailable" : "offline");
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (this.#failures - 1));
    clearTimeout(this.#timer);
    // Spread, so that all pages do not return at once after a restart of the server.
    this.#timer = setTimeout(() => this.open(), pause * (0.7 + Math.random() * 0.6));
  }

  #hurry() {
    if (this.#socket === null) this.open();
  }
}
