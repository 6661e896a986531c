// One person's phone: the chat with the bot and everything a person can do in it.

import { takeDropped } from "./attach.js";
import { copy } from "./clipboard.js";
import { Composer } from "./composer.js";
import { inOneLine } from "./contents.js";
import { el, fill, icon, setText } from "./dom.js";
import { initials } from "./format.js";
import { markPending } from "./keyboard.js";
import { meaningOf } from "./links.js";
import { request } from "./live.js";
import { Log } from "./log.js";
import { openMenu } from "./menu.js";
import { paySheet, shareSheet } from "./sheets.js";
import { beep, soundIsOn, switchSound } from "./sound.js";
import { known } from "./state.js";

const RIGHT_TO_LEFT = new Set(["ar", "fa", "he", "ur"]);
const ACTION_SHOWN = 6000;
const TOAST_STAYS = 4000;
const ERROR_STAYS = 7000;
const TOASTS = 3;
const ACTIONS = {
  upload_document: "sending a file…",
  upload_photo: "sending a photo…",
  choose_sticker: "choosing a sticker…",
};

export class Phone {
  pending = new Set();
  #actionTimer = 0;

  /** `shelf` knows the other phones and which of them is looked at. */
  constructor(person, shelf) {
    this.person = person;
    this.id = person.id;
    this.shelf = shelf;
    this.acts = {
      anchor: (url, children) => this.#anchor(url, children),
      command: (text) => this.send(text),
    };
    this.log = new Log(this, `Chat with ${known.bot.name}`, () => this.#unreadChanged());
    this.composer = new Composer(this);
    this.#build();
    this.update(person);
  }

  #build() {
    this.name = el("bdi", {});
    this.badge = el("span", { class: "badge", hidden: true });
    this.bell = el("span", { class: "bell", "aria-hidden": "true" }, "🔔");
    this.facts = el("span", { class: "whose-facts" });
    const whose = el("header", { class: "whose" }, el("h2", {}, this.name), this.facts, this.bell, this.badge);

    this.avatar = el("span", { class: "avatar", "aria-hidden": "true" });
    this.botName = el("strong", { class: "bot-name", dir: "auto" });
    this.status = el("span", { class: "bot-status" });
    this.menuButton = el(
      "button",
      {
        type: "button",
        class: "round",
        "aria-label": "Phone menu",
        "aria-haspopup": "menu",
        "aria-expanded": "false",
        onclick: () => this.#openMenu(),
      },
      icon("more"),
    );
    const head = el(
      "header",
      { class: "chat-head" },
      this.avatar,
      el("div", { class: "chat-title" }, this.botName, this.status),
      this.menuButton,
    );

    this.pinned = el("button", {
      type: "button",
      class: "pinned",
      hidden: true,
      onclick: () => this.log.goTo(this.person.pinned.at(-1)),
    });
    this.welcome = el("div", { class: "welcome", hidden: true });
    this.log.node.prepend(this.welcome);

    this.body = el("div", { class: "phone-body" }, head, this.pinned, this.log.node, this.composer.node);
    this.toasts = el("div", { class: "toasts", role: "status" });
    this.log.node.append(this.toasts);
    this.frame = el("div", { class: "phone" }, this.body);
    this.node = el("section", { class: "phone-column", dataset: { person: this.id } }, whose, this.frame);
    takeDropped(this.body, (files, kind) => this.composer.sendFiles(files, kind));
  }

  /** Shows what else changed about the person. */
  update(person) {
    this.person = person;
    const { name, role, username, language, blocked, started } = person;
    this.node.setAttribute("aria-label", `${name}'s phone, ${role}`);
    this.frame.dir = RIGHT_TO_LEFT.has(language.split("-")[0]) ? "rtl" : "ltr";
    setText(this.name, name);
    setText(this.facts, [role, username && `@${username}`].filter(Boolean).join(" · "));
    this.node.dataset.role = role;
    this.updateBot();
    this.#showAction(person.action);
    this.welcome.hidden = started || blocked;
    fill(
      this.welcome,
      el("strong", {}, "What can this bot do?"),
      el("p", { dir: "auto" }, person.description || "It has not said so."),
    );
    this.updatePinned();
    this.composer.update(person);
  }

  updateBot() {
    setText(this.botName, known.bot.name);
    setText(this.avatar, initials(known.bot.name));
    this.log.list.setAttribute("aria-label", `Chat with ${known.bot.name}`);
  }

  #showAction(action) {
    clearTimeout(this.#actionTimer);
    setText(this.status, action ? (ACTIONS[action] ?? "typing…") : "bot");
    this.status.classList.toggle("is-acting", Boolean(action));
    // Telegram's apps forget it by themselves when the bot does not say it again.
    if (action) this.#actionTimer = setTimeout(() => this.#showAction(null), ACTION_SHOWN);
  }

  updatePinned() {
    const message = this.log.get(this.person.pinned.at(-1));
    this.pinned.hidden = !message;
    if (message) {
      const words = el(
        "span",
        { class: "pinned-words" },
        el("strong", {}, "Pinned message"),
        el("span", { class: "quiet", dir: "auto" }, inOneLine(message)),
      );
      fill(this.pinned, icon("pin"), words);
    }
  }

  reset(person) {
    this.update(person);
    this.log.reset(person.messages ?? []);
    this.updatePinned();
  }

  take({ type, message }) {
    if (type === "delete") this.log.delete(message);
    else if (type === "edit") this.log.edit(message);
    else {
      this.log.add(message);
      if (!message.mine && !message.silent) this.#ring();
    }
    if (this.person.pinned.length) this.updatePinned();
  }

  #ring() {
    this.bell.classList.remove("is-ringing");
    requestAnimationFrame(() => this.bell.classList.add("is-ringing"));
    if (soundIsOn(this.id)) beep();
  }

  isSeen() {
    return !document.hidden && this.shelf.active === this;
  }

  #unreadChanged() {
    const { unread } = this.log;
    this.badge.hidden = unread === 0;
    setText(this.badge, String(unread));
    this.badge.setAttribute("aria-label", `${unread} unread`);
    this.shelf.unreadChanged();
  }

  showPending(key, isBusy) {
    markPending(this.log.list, key, isBusy);
  }

  focusInput() {
    this.composer.input.focus({ preventScroll: true });
  }

  // What is done on it

  /** Asks the server in this person's name. Resolves to whether it was done; what went wrong is shown. */
  async ask(act) {
    try {
      await request({ person: this.id, ...act });
      return true;
    } catch (error) {
      this.fail(error);
      return false;
    }
  }

  send(text, replyTo) {
    return this.ask({ do: "send", text, ...(replyTo ? { reply_to: replyTo } : {}) });
  }

  start(payload) {
    return this.ask({ do: "start", ...(payload ? { payload } : {}) });
  }

  async copy(text) {
    if (await copy(text)) this.toast(`Copied: ${text.length > 60 ? `${text.slice(0, 59)}…` : text}`);
    else this.toast("This browser does not let the page copy.", true);
  }

  #anchor(url, children) {
    const meaning = meaningOf(url, known.bot.username);
    const href = meaning.kind === "web" ? meaning.link : url;
    const isOutside = meaning.kind === "web";
    const safe = /^(https?|mailto|tel|tg):/i.test(href) ? href : `https://${href}`;
    const link = el("a", { href: safe, target: "_blank", rel: "noopener noreferrer" }, children);
    if (!isOutside) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        this.follow(url);
      });
    }
    return link;
  }

  /** Does what a tap on a link does: here in the chat where Telegram would, else in a new tab. */
  follow(url) {
    const meaning = meaningOf(url, known.bot.username);
    if (meaning.kind === "start") this.start(meaning.payload);
    else if (meaning.kind === "invoice") this.#openInvoice(meaning.link);
    else if (meaning.kind === "share") this.#share(meaning);
    else if (meaning.kind === "web") window.open(meaning.link, "_blank", "noopener,noreferrer");
    else if (meaning.kind === "app") this.toast("Only Telegram itself can open this link.");
  }

  async #openInvoice(link) {
    try {
      const bill = await request({ do: "invoice", person: this.id, link });
      paySheet(this, bill, () => request({ do: "pay", person: this.id, link }));
    } catch (error) {
      this.fail(error);
    }
  }

  #share(meaning) {
    const others = this.shelf.others(this).map((phone) => ({
      name: phone.person.name,
      open: () => {
        this.shelf.activate(phone);
        phone.follow(meaning.link);
      },
    }));
    shareSheet(this, meaning, others, () => this.copy(meaning.link));
  }

  // What is said on it

  toast(text, isError = false) {
    const toast = el("div", { class: isError ? "toast is-error" : "toast", dir: "auto" }, text);
    this.toasts.append(toast);
    while (this.toasts.childElementCount > TOASTS) this.toasts.firstElementChild.remove();
    setTimeout(() => toast.remove(), isError ? ERROR_STAYS : TOAST_STAYS);
  }

  fail(error) {
    this.toast(error.message, true);
  }

  #openMenu() {
    const { blocked, language } = this.person;
    const spoken = known.languages.find(({ code }) => code === language)?.name ?? language;
    const hasSound = soundIsOn(this.id);
    openMenu(this.menuButton, "Phone menu", [
      { label: `Language: ${spoken}`, icon: icon("globe"), run: () => this.#openLanguages() },
      {
        label: hasSound ? "Sound off" : "Sound on",
        icon: icon(hasSound ? "mute" : "sound"),
        run: () => this.#switchSound(!hasSound),
      },
      blocked
        ? { label: "Unblock bot", icon: icon("ban"), run: () => this.ask({ do: "unblock" }) }
        : { label: "Block bot", icon: icon("ban"), danger: true, run: () => this.ask({ do: "block" }) },
    ]);
  }

  #switchSound(isOn) {
    switchSound(this.id, isOn);
    this.toast(isOn ? "Sound is on" : "Sound is off");
  }

  #openLanguages() {
    const items = known.languages.map(({ code, name }) => ({
      label: name,
      checked: code === this.person.language,
      run: () => this.ask({ do: "language", language: code }),
    }));
    openMenu(this.menuButton, "Language of this phone", items);
  }
}
