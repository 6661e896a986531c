// One message as it stands in the chat; an edit fills the same element anew.

import { openActions } from "./actions.js";
import * as contents from "./contents.js";
import { el, fill, icon } from "./dom.js";
import { openQuote, rich, showSpoiler } from "./entities.js";
import { momentOf, timeOf } from "./format.js";
import { inlineKeyboard } from "./keyboard.js";
import { known } from "./state.js";

const LONG_PRESS = 450;
// What the bubble leaves around a photo, both sides together.
const PHOTO_FRAME = 8;
const MEDIA = {
  photo: contents.photo,
  document: contents.attachment,
  sticker: contents.sticker,
  invoice: contents.invoice,
};

export function messageNode(phone, message) {
  const node = el("div", { dataset: { message: message.id } });
  drawMessage(phone, node, message);
  listenForActions(phone, node);
  return node;
}

/** Fills the element of a message; what was opened or focused in it stays so. */
export function drawMessage(phone, node, message) {
  const restore = remember(node);
  const line = contents.serviceLine(message, (id) => phone.log.goTo(id));
  if (line) {
    node.className = "message service";
    fill(
      node,
      el("div", { class: "service-line" }, line, el("span", { class: "off-screen" }, `, ${timeOf(message.date)}`)),
    );
    return;
  }
  const keyboard = inlineKeyboard(phone, message);
  const classes = [
    "message",
    message.mine ? "mine" : "theirs",
    `kind-${message.kind}`,
    keyboard && "has-keyboard",
    message.protected && "protected",
  ];
  node.className = classes.filter(Boolean).join(" ");
  fill(node, bubble(phone, message), keyboard);
  restore();
}

function bubble(phone, message) {
  const media = MEDIA[message.kind]?.(message);
  const words = message.text ? rich(message.text, message.entities ?? [], phone.acts) : [];
  const text = el("div", { class: "text", dir: "auto" }, words, meta(message));
  const order = message.caption_above && message.text ? [text, media] : [media, text];
  const node = el(
    "div",
    { class: `bubble${message.text ? "" : " no-words"}` },
    message.forwarded_from !== undefined &&
      el("div", { class: "origin" }, "Forwarded from ", el("bdi", {}, message.forwarded_from || "somebody")),
    message.via_bot && el("div", { class: "origin" }, `via @${known.bot.username}`),
    message.reply_to && quoted(phone, message.reply_to),
    order,
    message.reactions?.length > 0 &&
      el(
        "div",
        { class: "reactions" },
        message.reactions.map((emoji) => el("span", { class: "reaction" }, emoji)),
      ),
    moreButton(phone, message),
  );
  if (message.kind === "photo") node.style.width = `${contents.photoWidth(message) + PHOTO_FRAME}px`;
  return node;
}

function quoted(phone, { id, text, mine }) {
  return el(
    "button",
    { type: "button", class: "quoted", onclick: () => phone.log.goTo(id) },
    el("bdi", { class: "quoted-name" }, mine ? phone.person.name : known.bot.name),
    el("span", { class: "quoted-text", dir: "auto" }, text || "Message"),
  );
}

function meta(message) {
  const silent = el(
    "span",
    { class: "silent", role: "img", title: "sent without sound", "aria-label": "sent without sound" },
    "🔕",
  );
  return el(
    "span",
    { class: "meta", dir: "ltr" },
    message.effect && el("span", { title: "sent with an effect" }, "✨"),
    message.silent && silent,
    message.edited && el("span", { title: momentOf(message.edited) }, "edited"),
    el(
      "time",
      { datetime: new Date(message.date * 1000).toISOString(), title: momentOf(message.date) },
      timeOf(message.date),
    ),
    message.mine && el("span", { class: "tick", "aria-hidden": "true" }, "✓"),
  );
}

function moreButton(phone, message) {
  const button = el(
    "button",
    {
      type: "button",
      class: "more",
      "aria-label": "Message actions",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
    },
    icon("dots"),
  );
  button.addEventListener("click", () => openActions(phone, message.id, button));
  return button;
}

function listenForActions(phone, node) {
  let timer = 0;
  const open = (event) => openActions(phone, Number(node.dataset.message), { x: event.clientX, y: event.clientY });

  node.addEventListener("contextmenu", (event) => {
    // A link and a selection keep the browser's own menu.
    if (event.target.closest("a") || !getSelection().isCollapsed || !event.target.closest(".bubble")) return;
    event.preventDefault();
    clearTimeout(timer);
    open(event);
  });
  // Not every touch browser tells of a long press by itself.
  node.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "touch" || !event.target.closest(".bubble")) return;
    clearTimeout(timer);
    timer = setTimeout(() => open(event), LONG_PRESS);
  });
  for (const ended of ["pointerup", "pointercancel", "pointermove"]) {
    node.addEventListener(ended, (event) => {
      const isShaking = ended === "pointermove" && Math.abs(event.movementX) + Math.abs(event.movementY) < 6;
      if (!isShaking) clearTimeout(timer);
    });
  }
}

function remember(node) {
  const opened = [...node.querySelectorAll("blockquote.expandable")].map((quote) =>
    quote.classList.contains("is-open"),
  );
  const shown = [...node.querySelectorAll(".spoiler")].map((cover) => cover.classList.contains("is-shown"));
  const focused = node.contains(document.activeElement) ? document.activeElement : null;
  const key = focused?.dataset.key;
  const place = focused ? focusable(node).indexOf(focused) : -1;
  return () => {
    node.querySelectorAll("blockquote.expandable").forEach((quote, index) => opened[index] && openQuote(quote, true));
    node.querySelectorAll(".spoiler").forEach((cover, index) => shown[index] && showSpoiler(cover));
    if (!focused) return;
    // The same button if it is still there; else what stands in its place; else the input.
    const same = key && node.querySelector(`.key[data-key="${CSS.escape(key)}"]`);
    const goal = same || focusable(node)[place];
    if (goal) goal.focus({ preventScroll: true });
    else phoneInputOf(node)?.focus({ preventScroll: true });
  };
}

const focusable = (node) => [...node.querySelectorAll("button, a[href], [tabindex='0']")];
const phoneInputOf = (node) => node.closest(".phone")?.querySelector("textarea");
