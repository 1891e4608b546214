// Makes elements. Text goes in as text nodes only: what a person or a feed wrote never becomes HTML.

export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name in element && name !== "role") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

export function icon(path) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const drawn = document.createElementNS(SVG, "path");
  drawn.setAttribute("d", path);
  svg.append(drawn);
  return svg;
}

const LINK = /https:\/\/[^\s<>"«»]+/g;

// A sentence may end right after an address.
const TAIL = /[.,;:!?)\]]+$/;

/** The text with its https addresses as links; line breaks are kept by the style. */
export function linked(text) {
  const nodes = document.createDocumentFragment();
  let done = 0;
  for (const match of text.matchAll(LINK)) {
    const address = match[0].replace(TAIL, "");
    nodes.append(text.slice(done, match.index), link(address));
    done = match.index + address.length;
  }
  nodes.append(text.slice(done));
  return nodes;
}

function link(address) {
  return el("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow", textContent: address });
}

/** Only what a page may load, whatever the server said. */
export function mediaAddress(address) {
  return typeof address === "string" && /^(https?:\/\/|\/stock\/|\/site\/files\/)/.test(address) ? address : null;
}

/** A picture, or a drawn car where there is none or it does not load. */
export function picture(address, alt) {
  const safe = mediaAddress(address);
  const holder = el("span", { className: "picture" });
  if (safe === null) return holder;
  const image = el("img", { src: safe, alt, loading: "lazy", decoding: "async", referrerPolicy: "no-referrer" });
  replaceBroken(image);
  holder.append(image);
  return holder;
}

/** Lets the drawn car of the holder be seen in place of a broken image. */
export function replaceBroken(image) {
  image.addEventListener("error", () => image.remove(), { once: true });
  // It may have failed before anybody listened; one that waits to be scrolled to is not complete.
  if (image.complete && image.naturalWidth === 0) image.remove();
}

const sizes = new Intl.NumberFormat("ru", { maximumFractionDigits: 1 });

export function sizeOf(bytes) {
  const kilobytes = bytes / 1024;
  return kilobytes < 1000 ? `${Math.max(1, Math.round(kilobytes))} КБ` : `${sizes.format(kilobytes / 1024)} МБ`;
}

const clock = new Intl.DateTimeFormat("ru", { hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat("ru", { day: "numeric", month: "long" });

export function timeOf(at) {
  return clock.format(at);
}

export function dayOf(at) {
  const today = new Date();
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  if (at.toDateString() === today.toDateString()) return "Сегодня";
  if (at.toDateString() === yesterday.toDateString()) return "Вчера";
  return date.format(at);
}
