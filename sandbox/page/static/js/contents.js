// What a bubble holds besides its words: photos, documents, stickers, invoices, and what is no bubble at all.

import { enlarge } from "./dialogs.js";
import { el, icon } from "./dom.js";
import { sizeOf, stars } from "./format.js";
import { known } from "./state.js";

const TALLEST = 380;
const WIDEST = 320;
const NARROWEST = 150;

const fileAddress = (file) => `/file/${encodeURIComponent(file)}`;

/** How wide a photo is drawn where there is room. */
export const photoWidth = ({ photo: { width } }) => Math.max(Math.min(width, WIDEST), NARROWEST);

export function photo(message) {
  const { file, width, height } = message.photo;
  const image = el("img", { src: fileAddress(file), width, height, alt: message.text || "Photo", loading: "lazy" });
  // Known before the bytes are, so that nothing moves when they come.
  image.style.aspectRatio = `${width} / ${Math.min(height, (TALLEST * width) / photoWidth(message))}`;
  const button = el("button", { type: "button", class: "photo", "aria-label": "Enlarge the photo" }, image);
  button.classList.toggle("is-covered", Boolean(message.has_spoiler));
  if (message.has_spoiler) button.setAttribute("aria-label", "Hidden photo, show it");
  button.addEventListener("click", () => {
    if (!button.classList.contains("is-covered")) return enlarge(image.src, message.text);
    button.setAttribute("aria-label", "Enlarge the photo");
    return button.classList.remove("is-covered");
  });
  image.addEventListener("error", () => button.classList.add("is-broken"));
  return button;
}

export function attachment({ document: { file: id, name, size }, protected: isProtected }) {
  const facts = el(
    "span",
    { class: "file-facts" },
    el("bdi", { class: "file-name" }, name),
    el("bdi", { class: "file-size", dir: "ltr" }, sizeOf(size)),
  );
  const sign = el("span", { class: "file-sign" }, icon("file"));
  // Telegram's apps let nobody save what is protected.
  if (isProtected) return el("div", { class: "file" }, sign, facts);
  return el(
    "a",
    { class: "file", href: fileAddress(id), download: name, "aria-label": `Download ${name}, ${sizeOf(size)}` },
    sign,
    facts,
  );
}

export const sticker = ({ sticker: { emoji } }) =>
  el("div", { class: "sticker", role: "img", "aria-label": `Sticker ${emoji}` }, emoji);

export function invoice({ invoice: { title, description, stars: amount } }) {
  return el(
    "div",
    { class: "invoice" },
    el("strong", { class: "invoice-title", dir: "auto" }, title),
    el("p", { dir: "auto" }, description),
    el("span", { class: "invoice-sum" }, stars(amount)),
  );
}

/** The centred line of a message that is an event, or null. */
export function serviceLine(message, goTo) {
  const bot = () => el("bdi", {}, known.bot.name);
  switch (message.kind) {
    case "paid":
      return el("span", {}, `You paid ${stars(message.paid.stars)} to `, bot());
    case "refunded":
      return el("span", {}, bot(), ` refunded ${stars(message.refunded.stars)}`);
    case "pinned": {
      const { id, text } = message.pinned;
      return el(
        "button",
        { type: "button", onclick: () => goTo(id) },
        bot(),
        " pinned ",
        text ? el("bdi", {}, `“${shortened(text)}”`) : "a message",
      );
    }
    default:
      return null;
  }
}

function shortened(text) {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length > 40 ? `${line.slice(0, 39)}…` : line;
}

/** One line that stands for a message: in a quote, in the pinned bar. */
export function inOneLine(message) {
  const words = {
    photo: "Photo",
    document: message.document?.name,
    sticker: message.sticker?.emoji,
    invoice: message.invoice?.title,
  };
  return (message.text || words[message.kind] || "Message").replaceAll(/\s+/g, " ").trim();
}
