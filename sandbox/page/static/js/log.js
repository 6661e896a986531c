// The list of messages of one phone: days, what is unread, and staying at the bottom.

import { el, icon, setText } from "./dom.js";
import { dayKey, dayOf } from "./format.js";
import { drawMessage, messageNode } from "./message.js";

const NEAR = 48;
const DIVIDER_STAYS = 4000;

export class Log {
  unread = 0;
  #messages = new Map();
  #nodes = new Map();
  #atBottom = true;
  #divider = null;

  /** `onUnread` is told when the number of unread messages changes. */
  constructor(phone, label, onUnread) {
    this.phone = phone;
    this.onUnread = onUnread;
    this.list = el("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": label });
    this.scroller = el("div", { class: "scroller", tabindex: "0", role: "group", "aria-label": "Messages" }, this.list);
    this.count = el("span", { class: "badge", hidden: true });
    this.down = el(
      "button",
      { type: "button", class: "round down", hidden: true, onclick: () => this.toBottom(true) },
      icon("down"),
      this.count,
    );
    this.node = el("div", { class: "chat" }, this.scroller, this.down);
    this.scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    // Whatever changes its height, one who stands at the bottom stays there.
    const sizes = new ResizeObserver(() => (this.#atBottom ? this.toBottom() : this.#scrolled()));
    sizes.observe(this.list);
    sizes.observe(this.scroller);
  }

  get(id) {
    return this.#messages.get(id);
  }

  /** The newest message of the bot, or undefined. */
  get newestOfBot() {
    return [...this.#messages.values()].findLast((message) => !message.mine && message.kind !== "pinned");
  }

  /** Begins anew with these messages, at the bottom. */
  reset(messages) {
    this.list.setAttribute("aria-busy", "true");
    this.#messages.clear();
    this.#nodes.clear();
    this.#divider = null;
    this.list.replaceChildren();
    for (const message of messages) this.#append(message);
    this.#setUnread(0);
    this.toBottom();
    this.list.removeAttribute("aria-busy");
  }

  add(message) {
    if (this.#messages.has(message.id)) return this.edit(message);
    const isSeen = this.phone.isSeen();
    if (message.mine) this.#dropDivider();
    if (!message.mine && !isSeen && !this.#divider) {
      this.#divider = el("div", { class: "divider" }, el("span", {}, "Unread messages"));
      this.list.append(this.#divider);
    }
    this.#append(message);
    if (message.mine) this.toBottom();
    else if (!isSeen || !this.#atBottom) this.#setUnread(this.unread + 1);
    return undefined;
  }

  edit(message) {
    const node = this.#nodes.get(message.id);
    if (!node) return;
    this.#messages.set(message.id, message);
    drawMessage(this.phone, node, message);
  }

  delete(id) {
    const node = this.#nodes.get(id);
    if (!node) return;
    const before = node.previousElementSibling;
    const after = node.nextElementSibling;
    this.#messages.delete(id);
    this.#nodes.delete(id);
    node.remove();
    if (before?.matches(".day, .divider") && !after?.matches(".message")) this.#dropSeparator(before);
  }

  #dropSeparator(separator) {
    if (separator === this.#divider) this.#divider = null;
    separator.remove();
  }

  #append(message) {
    const last = [...this.#messages.values()].at(-1);
    if (!last || dayKey(last.date) !== dayKey(message.date)) {
      this.list.append(el("div", { class: "day" }, el("span", {}, dayOf(message.date))));
    }
    const node = messageNode(this.phone, message);
    this.#messages.set(message.id, message);
    this.#nodes.set(message.id, node);
    this.list.append(node);
  }

  toBottom(isSmooth = false) {
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior: isSmooth ? "smooth" : "instant" });
    if (!isSmooth) this.#scrolled();
  }

  /** Shows a message and marks it for a moment. */
  goTo(id) {
    const node = this.#nodes.get(id);
    if (!node) return this.phone.toast("This message is gone.");
    node.scrollIntoView({ block: "center", behavior: "smooth" });
    node.classList.remove("is-found");
    requestAnimationFrame(() => node.classList.add("is-found"));
    return undefined;
  }

  /** Called when the phone may have come into view: what is on screen is read then. */
  see() {
    if (!this.phone.isSeen() || !this.#atBottom) return;
    this.#setUnread(0);
    if (!this.#divider) return;
    const seen = this.#divider;
    setTimeout(() => {
      if (seen === this.#divider && this.phone.isSeen() && this.unread === 0) this.#dropDivider();
    }, DIVIDER_STAYS);
  }

  #dropDivider() {
    this.#divider?.remove();
    this.#divider = null;
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    // A phone that is not shown has no height; it keeps its place.
    if (!clientHeight) return;
    this.#atBottom = scrollHeight - scrollTop - clientHeight < NEAR;
    this.down.hidden = this.#atBottom;
    if (this.#atBottom) this.see();
  }

  #setUnread(number) {
    this.unread = number;
    this.count.hidden = number === 0;
    setText(this.count, String(number));
    this.down.setAttribute("aria-label", number ? `To the newest message, ${number} unread` : "To the newest message");
    this.onUnread();
  }
}
