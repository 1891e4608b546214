// One script tag puts the chat on any page: a round button, behind it the chat in a frame. See docs/guides/site.md.
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || window.Avtootvet) return;
  const home = new URL(script.src).origin;
  const chosen = /^#?([0-9a-f]{6})$/i.exec(script.dataset.color ?? "")?.[1];
  const colour = chosen ?? "17604f";
  const side = script.dataset.position === "left" ? "left" : "right";
  const STYLE = `
    :host { all: initial; }
    button, iframe { position: fixed; z-index: 2147483000; border: 0; margin: 0; }
    button { ${side}: max(20px, env(safe-area-inset-${side})); bottom: max(20px, env(safe-area-inset-bottom));
      width: 60px; height: 60px; padding: 0; border-radius: 50%; cursor: pointer; display: grid; place-items: center;
      background: var(--colour); color: var(--ink); box-shadow: 0 6px 24px rgb(0 0 0 / .28); }
    button:focus-visible { outline: 3px solid #fff; outline-offset: -6px; box-shadow: 0 0 0 4px #1769d2; }
    svg { width: 28px; height: 28px; fill: none; stroke: currentColor; stroke-width: 1.8;
      stroke-linecap: round; stroke-linejoin: round; }
    span { position: absolute; top: -4px; right: -4px; min-width: 22px; height: 22px; padding: 0 6px;
      box-sizing: border-box; border-radius: 11px; background: #c62828; color: #fff; font: 600 13px/22px system-ui; }
    iframe { ${side}: max(20px, env(safe-area-inset-${side})); bottom: 96px; width: 400px;
      height: min(680px, calc(100dvh - 116px)); border-radius: 20px; background: Canvas; color-scheme: normal;
      box-shadow: 0 16px 56px rgb(0 0 0 / .3); }
    [hidden] { display: none !important; }
    @media (max-width: 480px), (max-height: 480px) {
      iframe { inset: 0; width: 100%; height: 100dvh; border-radius: 0; }
      button.open { display: none; }
    }
    @media (prefers-reduced-motion: no-preference) { button { transition: transform .15s; }
      button:hover { transform: scale(1.05); } }`;

  const host = document.createElement("div");
  const shadow = host.attachShadow({ mode: "closed" });
  // A constructed sheet is allowed by a page whose policy forbids inline styles.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  shadow.adoptedStyleSheets = [sheet];
  host.style.setProperty("--colour", `#${colour}`);
  host.style.setProperty("--ink", bright(colour) ? "#101413" : "#fff");

  const button = document.createElement("button");
  const badge = document.createElement("span");
  badge.hidden = true;
  button.type = "button";
  const talk = drawn("M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-6l-5 4v-4H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2z");
  const fold = drawn("M6 9l6 6 6-6");
  button.append(talk, fold, badge);
  button.addEventListener("click", () => (frame && !frame.hidden ? close() : open()));
  shadow.append(button);
  let frame = null;
  let car = script.dataset.car ?? "";
  let returnTo = button;
  label();

  function open(options = {}) {
    const wanted = options.car === undefined ? car : String(options.car);
    returnTo = document.activeElement === host || document.activeElement === document.body ? button : document.activeElement;
    if (frame === null || wanted !== car) load(wanted);
    frame.hidden = false;
    label();
    frame.focus();
    show(true);
  }

  function close() {
    if (frame === null || frame.hidden) return;
    frame.hidden = true;
    label();
    show(false);
    (returnTo?.isConnected ? returnTo : button).focus();
  }

  function load(wanted) {
    car = wanted;
    const address = new URL("/chat", home);
    if (car) address.searchParams.set("car", car);
    if (chosen) address.searchParams.set("color", chosen);
    if (frame === null) {
      frame = document.createElement("iframe");
      frame.title = "Чат с автосалоном";
      shadow.prepend(frame);
    }
    frame.src = address.href;
  }

  function show(visible) {
    frame.contentWindow?.postMessage({ type: "avtootvet:visible", visible }, home);
  }

  function label() {
    const opened = frame !== null && !frame.hidden;
    const unread = badge.hidden ? "" : `, новых сообщений: ${badge.textContent}`;
    button.classList.toggle("open", opened);
    talk.style.display = opened ? "none" : "";
    fold.style.display = opened ? "" : "none";
    button.setAttribute("aria-expanded", String(opened));
    button.setAttribute("aria-label", opened ? "Закрыть чат" : `Открыть чат с автосалоном${unread}`);
  }

  function count(unread) {
    badge.textContent = String(unread);
    badge.hidden = !(unread > 0);
    label();
  }

  window.addEventListener("message", ({ source, origin, data }) => {
    if (frame === null || source !== frame.contentWindow || origin !== home) return;
    if (data?.type === "avtootvet:close") close();
    else if (data?.type === "avtootvet:ready") show(!frame.hidden);
    else if (data?.type === "avtootvet:unread") count(Number(data.count));
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && close());
  document.addEventListener("click", (event) => {
    const asker = event.target.closest?.("[data-avtootvet-car]");
    if (!asker) return;
    event.preventDefault();
    open({ car: asker.dataset.avtootvetCar });
  });

  function drawn(path) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    line.setAttribute("d", path);
    svg.append(line);
    return svg;
  }

  function bright(hex) {
    const [red, green, blue] = [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
    return 0.2126 * red ** 2.2 + 0.7152 * green ** 2.2 + 0.0722 * blue ** 2.2 > 0.179;
  }

  window.Avtootvet = { open, close };
  if (document.body) document.body.append(host);
  else document.addEventListener("DOMContentLoaded", () => document.body.append(host));
})();
