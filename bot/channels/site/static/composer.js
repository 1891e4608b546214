// The field for typing: Enter sends, Shift+Enter breaks the line, a counter appears near the limit.

const NEAR_LIMIT = 200;

export class Composer {
  #field;
  #button;
  #left;
  #limit;

  constructor(form, limit, onSend) {
    this.#field = form.querySelector("textarea");
    this.#button = form.querySelector(".send");
    this.#left = form.querySelector(".left");
    this.#limit = limit;
    this.#field.addEventListener("input", () => this.#measure());
    this.#field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.requestSubmit();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = this.#field.value.trim();
      if (text === "" || text.length > limit) return;
      this.#field.value = "";
      this.#measure();
      this.#field.focus();
      onSend(text);
    });
    this.#measure();
  }

  focus() {
    this.#field.focus();
  }

  #measure() {
    const length = this.#field.value.trim().length;
    const left = this.#limit - length;
    this.#button.disabled = length === 0 || left < 0;
    this.#left.textContent = left > NEAR_LIMIT ? "" : left >= 0 ? `Осталось знаков: ${left}` : `Длиннее на ${-left}, сократите`;
    this.#left.classList.toggle("over", left < 0);
    this.#field.style.height = "auto";
    this.#field.style.height = `${this.#field.scrollHeight + 2}px`;
  }
}
