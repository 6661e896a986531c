// Turns a text and its entities into nodes, nested as Telegram nests them.

import { el, icon } from "./dom.js";
import { momentOf } from "./format.js";

const BLOCKS = new Set(["blockquote", "expandable_blockquote", "pre"]);
const PLAIN_TAGS = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strikethrough: "s",
  code: "code",
  blockquote: "blockquote",
};

/**
 * Renders `text` with `entities` (offsets in UTF-16 units, as JavaScript counts).
 * `acts` says what a tap does: `anchor(url, ...children)` makes a link, `command(text)` sends a command.
 */
export function rich(text, entities, acts) {
  const waiting = entities.filter((entity) => entity.length > 0).sort(outerFirst);
  return inside(text, 0, text.length, waiting, acts);
}

function outerFirst(one, other) {
  const sameSpot = Number(BLOCKS.has(other.type)) - Number(BLOCKS.has(one.type));
  return one.offset - other.offset || other.length - one.length || sameSpot;
}

function inside(text, start, end, waiting, acts) {
  const nodes = [];
  let at = start;
  while (waiting.length && waiting[0].offset < end) {
    const entity = waiting.shift();
    const from = Math.max(entity.offset, at);
    const until = Math.min(entity.offset + entity.length, end);
    // Two that merely overlap are cut where the first ends; the rest waits for its turn outside.
    const rest = entity.offset + entity.length - end;
    if (rest > 0) insertInOrder(waiting, { ...entity, offset: end, length: rest });
    if (until <= from) continue;
    if (from > at) nodes.push(text.slice(at, from));
    const children = inside(text, from, until, waiting, acts);
    nodes.push(wrapped(entity, text.slice(from, until), children, acts));
    at = until;
    // A block ends its line by itself; the line break after it would show as an empty line.
    if (BLOCKS.has(entity.type) && text[at] === "\n" && at < end) at += 1;
  }
  if (at < end) nodes.push(text.slice(at, end));
  return nodes;
}

function insertInOrder(waiting, entity) {
  const place = waiting.findIndex((other) => outerFirst(entity, other) < 0);
  waiting.splice(place < 0 ? waiting.length : place, 0, entity);
}

function wrapped(entity, words, children, acts) {
  const { type } = entity;
  if (type in PLAIN_TAGS) return el(PLAIN_TAGS[type], {}, children);
  switch (type) {
    case "spoiler":
      return spoiler(children);
    case "expandable_blockquote":
      return expandable(children);
    case "pre":
      return el(
        "pre",
        {},
        entity.language && el("span", { class: "pre-language" }, entity.language),
        el("code", {}, children),
      );
    case "text_link":
      return acts.anchor(entity.url, children);
    case "url":
      return acts.anchor(words, children);
    case "email":
      return acts.anchor(`mailto:${words}`, children);
    case "phone_number":
      return acts.anchor(`tel:${words.replaceAll(/[^\d+]/g, "")}`, children);
    case "bot_command":
      return el("button", { type: "button", class: "inline-link", onclick: () => acts.command(words) }, children);
    case "date_time":
      return el(
        "time",
        { datetime: new Date(entity.unix_time * 1000).toISOString(), title: momentOf(entity.unix_time) },
        children,
      );
    case "mention":
    case "text_mention":
    case "hashtag":
    case "cashtag":
      return el("span", { class: "coloured" }, children);
    default:
      return el("span", {}, children);
  }
}

function spoiler(children) {
  const words = el("span", { class: "spoiler-words", inert: true }, children);
  const cover = el(
    "span",
    { class: "spoiler", role: "button", tabindex: "0", "aria-label": "Hidden text, show it" },
    words,
  );
  const reveal = (event) => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    showSpoiler(cover);
  };
  cover.addEventListener("click", reveal, { once: true });
  cover.addEventListener("keydown", reveal);
  return cover;
}

/** Uncovers a spoiler; also used to keep it uncovered when its message is edited. */
export function showSpoiler(cover) {
  cover.firstElementChild.inert = false;
  cover.classList.add("is-shown");
  for (const name of ["role", "tabindex", "aria-label"]) cover.removeAttribute(name);
}

// A quote of three lines or fewer needs no button; that is known once it is laid out.
const measuring = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (!target.clientHeight || target.parentElement.classList.contains("is-open")) continue;
    target.parentElement.classList.toggle("is-long", target.scrollHeight > target.clientHeight + 2);
  }
});

function expandable(children) {
  const words = el("div", { class: "quote-words" }, children);
  const button = el(
    "button",
    { type: "button", class: "quote-toggle", "aria-expanded": "false", "aria-label": "The whole quote" },
    icon("chevron"),
  );
  const quote = el("blockquote", { class: "expandable" }, words, button);
  button.addEventListener("click", () => openQuote(quote, !quote.classList.contains("is-open")));
  measuring.observe(words);
  return quote;
}

/** Opens or folds an expandable quote. */
export function openQuote(quote, isOpen) {
  quote.classList.toggle("is-open", isOpen);
  quote.classList.toggle("is-long", true);
  quote.querySelector(".quote-toggle").setAttribute("aria-expanded", String(isOpen));
}
