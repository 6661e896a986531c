// The buttons under a message and the keyboard under the input, and what a tap on each does.

import { el, icon } from "./dom.js";
import { stars } from "./format.js";
import { request } from "./live.js";
import { alertSheet, paySheet } from "./sheets.js";
import { known, tell } from "./state.js";

const MARKS = { url: "out", web_app: "out", copy: "copy", inline_here: "reply", inline: "reply" };
const SPOKEN = { url: "opens a link", web_app: "opens a web app", copy: "copies" };

/** The inline keyboard of a message, or null. */
export function inlineKeyboard(phone, message) {
  const rows = withPay(message);
  if (!rows.length) return null;
  return el(
    "div",
    { class: "keyboard" },
    rows.map((row) =>
      el(
        "div",
        { class: "keyboard-row" },
        row.map((button) => inlineButton(phone, message, button)),
      ),
    ),
  );
}

function withPay(message) {
  const rows = message.rows ?? [];
  const hasPay = rows.some((row) => row.some((button) => button.kind === "pay"));
  if (message.kind !== "invoice" || hasPay) return rows;
  return [[{ text: `Pay ${stars(message.invoice.stars)}`, kind: "pay" }], ...rows];
}

const keyOf = (message, button) => `${message.id}:${button.kind}:${button.value ?? button.text}`;

function inlineButton(phone, message, button) {
  const isDisabled = button.kind === "disabled";
  const mark = MARKS[button.kind];
  const node = el(
    "button",
    {
      type: "button",
      class: `key ${button.style ?? ""}`.trim(),
      "aria-disabled": isDisabled ? "true" : null,
      title: button.text,
      dataset: { key: keyOf(message, button), kind: button.kind },
      onclick: () => !isDisabled && tap(phone, message, button),
    },
    el("span", { class: "key-text", dir: "auto" }, button.text),
    mark && el("span", { class: "key-mark" }, icon(mark)),
    SPOKEN[button.kind] && el("span", { class: "off-screen" }, `, ${SPOKEN[button.kind]}`),
  );
  if (phone.pending.has(keyOf(message, button))) setBusy(node, true);
  return node;
}

function setBusy(node, isBusy) {
  if (isBusy) node.setAttribute("aria-busy", "true");
  else node.removeAttribute("aria-busy");
}

async function tap(phone, message, button) {
  const key = keyOf(message, button);
  if (phone.pending.has(key)) return;
  tell("tapped", { person: phone.id, label: button.text });
  const { kind, value = "" } = button;
  if (kind === "callback") await ask(phone, message, button, key);
  else if (kind === "copy") await phone.copy(value);
  else if (kind === "url" || kind === "web_app") phone.follow(value);
  else if (kind === "inline_here" || kind === "inline") phone.composer.put(`@${known.bot.username} ${value}`);
  else if (kind === "pay") {
    paySheet(phone, message.invoice, () => request({ do: "pay", person: phone.id, message: message.id }));
  }
}

async function ask(phone, message, button, key) {
  phone.pending.add(key);
  phone.showPending(key, true);
  try {
    const answer = await request({
      do: "tap",
      person: phone.id,
      message: message.id,
      data: button.value,
      label: button.text,
    });
    if (answer.url) phone.follow(answer.url);
    else if (answer.text && answer.alert) alertSheet(phone, answer.text);
    else if (answer.text) phone.toast(answer.text);
  } catch (error) {
    phone.fail(error);
  } finally {
    phone.pending.delete(key);
    phone.showPending(key, false);
  }
}

/** Marks the buttons that wait for the bot; a message edited meanwhile has new ones with the same key. */
export function markPending(root, key, isBusy) {
  for (const node of root.querySelectorAll(`.key[data-key="${CSS.escape(key)}"]`)) setBusy(node, isBusy);
}

/** The keyboard that stands in place of a phone's own: each button sends its words. */
export function replyKeyboard(markup, send) {
  const rows = markup.keyboard.map((row) =>
    row.map((button) => (typeof button === "string" ? { text: button } : button)),
  );
  return rows.map((row) =>
    el(
      "div",
      { class: "keyboard-row" },
      row.map((button) =>
        el(
          "button",
          {
            type: "button",
            class: `key ${button.style ?? ""}`.trim(),
            title: button.text,
            onclick: () => send(button),
          },
          el("span", { class: "key-text", dir: "auto" }, button.text),
        ),
      ),
    ),
  );
}
