// What the browser remembers: whose chat this is, and what is not yet known to have arrived.

const CHAT = "avtootvet.chat";
const PENDING = "avtootvet.pending";

/** Storage may be forbidden in a frame of another site: then the chat lives until the page is closed. */
function open() {
  try {
    const storage = window.localStorage;
    storage.setItem("avtootvet.probe", "1");
    storage.removeItem("avtootvet.probe");
    return storage;
  } catch {
    const kept = new Map();
    return {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => kept.set(key, value),
    };
  }
}

export class Store {
  #storage = open();

  get chat() {
    const chat = this.#storage.getItem(CHAT);
    return /^[\w-]{32}$/.test(chat ?? "") ? chat : null;
  }

  set chat(value) {
    this.#write(CHAT, value);
  }

  get pending() {
    try {
      const kept = JSON.parse(this.#storage.getItem(PENDING) ?? "[]");
      return Array.isArray(kept) ? kept : [];
    } catch {
      return [];
    }
  }

  set pending(messages) {
    this.#write(PENDING, JSON.stringify(messages));
  }

  #write(key, value) {
    try {
      this.#storage.setItem(key, value);
    } catch {
      // The storage is full: what is on the page stays there.
    }
  }
}
