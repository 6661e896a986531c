// The bar under a chat: writing, replying, editing, commands, files, and the big button of a chat not begun.

import { attachButton, sendFiles } from "./attach.js";
import { inOneLine } from "./contents.js";
import { el, fill, icon, setText } from "./dom.js";
import { replyKeyboard } from "./keyboard.js";
import { known } from "./state.js";
import { Suggest } from "./suggest.js";

const LINES = 6;
const LONGEST = 4096;
// On a touch screen Enter makes a new line, as in Telegram's apps there.
const touch = matchMedia("(pointer: coarse)");

export class Composer {
  #about = null; // {kind: "reply" | "edit", message}
  #markup = null;
  #person = null;

  constructor(phone) {
    this.phone = phone;
    this.input = el("textarea", {
      rows: "1",
      dir: "auto",
      "aria-label": "Message",
      placeholder: "Message",
      autocomplete: "off",
    });
    this.suggest = new Suggest(phone, this.input);
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => this.#key(event));

    this.menu = el("button", { type: "button", class: "menu-pill" }, icon("lines"), el("span", {}, "Menu"));
    this.menu.addEventListener("click", () => this.#menuTapped());
    this.attach = attachButton((files, kind) => this.sendFiles(files, kind));
    this.toggle = el(
      "button",
      { type: "button", class: "round", "aria-label": "Bot keyboard", "aria-expanded": "true", hidden: true },
      icon("keyboard"),
    );
    this.toggle.addEventListener("click", () => this.#showKeys(this.keys.hidden));
    this.sendButton = el(
      "button",
      { type: "button", class: "round send", "aria-label": "Send", onclick: () => this.#submit() },
      icon("send"),
    );

    this.about = el("div", { class: "about", hidden: true });
    this.bar = el("div", { class: "bar" }, this.menu, this.input, this.toggle, this.attach, this.sendButton);
    this.keys = el("div", { class: "reply-keyboard", role: "group", "aria-label": "Bot keyboard", hidden: true });
    this.big = el("button", { type: "button", class: "big", hidden: true, onclick: () => this.#bigTapped() });
    this.node = el("div", { class: "composer" }, this.suggest.node, this.about, this.bar, this.big, this.keys);
  }

  /** Shows what this person may do just now. */
  update(person) {
    this.#person = person;
    const isOpen = person.started && !person.blocked;
    this.bar.hidden = !isOpen;
    this.big.hidden = isOpen;
    setText(this.big, person.blocked ? "Unblock bot" : "START");
    if (!isOpen) {
      this.suggest.hide();
      this.#setAbout(null);
    }
    this.#updateMenu(person);
    this.#updateKeys(isOpen ? person.reply_keyboard : null);
  }

  #updateMenu({ menu_button: button, commands }) {
    const isApp = button?.type === "web_app";
    this.menu.hidden = !isApp && commands.length === 0;
    setText(this.menu.lastElementChild, isApp ? button.text : "Menu");
    this.menu.setAttribute("aria-label", isApp ? button.text : "Menu of commands");
  }

  #menuTapped() {
    const button = this.#person.menu_button;
    if (button?.type === "web_app") this.phone.follow(button.web_app.url);
    else if (this.suggest.isOpen) this.suggest.hide();
    else this.suggest.showCommands();
  }

  #updateKeys(markup) {
    if (JSON.stringify(markup) === JSON.stringify(this.#markup)) return;
    this.#markup = markup;
    this.input.placeholder = markup?.input_field_placeholder || "Message";
    const hasKeys = Boolean(markup?.keyboard);
    this.toggle.hidden = !hasKeys;
    fill(this.keys, hasKeys ? replyKeyboard(markup, (button) => this.#keyTapped(button)) : []);
    this.#showKeys(hasKeys);
    if (markup?.force_reply && this.phone.log.newestOfBot)
      this.#setAbout({ kind: "reply", message: this.phone.log.newestOfBot });
  }

  #showKeys(isShown) {
    this.keys.hidden = !isShown;
    this.toggle.setAttribute("aria-expanded", String(isShown));
  }

  #keyTapped(button) {
    if (button.request_contact || button.request_location || button.web_app) {
      this.phone.toast("Only Telegram itself can send this.");
      return;
    }
    if (this.#markup.one_time_keyboard) this.#showKeys(false);
    this.phone.send(button.text);
  }

  #bigTapped() {
    if (this.#person.blocked) this.phone.ask({ do: "unblock" });
    else this.phone.start();
  }

  /** Puts words into the input, as a button of the bot may. */
  put(text) {
    this.input.value = text;
    this.typed();
    this.input.focus();
    this.input.setSelectionRange(text.length, text.length);
  }

  typed() {
    const { input } = this;
    this.node.classList.toggle("has-text", input.value.trim() !== "");
    input.style.height = "auto";
    const style = getComputedStyle(input);
    const frame = parseFloat(style.paddingTop) + parseFloat(style.paddingBottom);
    const most = parseFloat(style.lineHeight) * LINES + frame;
    input.style.height = `${Math.min(input.scrollHeight, most)}px`;
    this.suggest.follow(input.value);
  }

  replyTo(message) {
    this.#setAbout({ kind: "reply", message });
    this.input.focus();
  }

  change(message) {
    this.#setAbout({ kind: "edit", message });
    this.put(message.text);
  }

  #setAbout(about) {
    if (this.#about?.kind === "edit") {
      this.input.value = "";
      this.typed();
    }
    this.#about = about;
    this.about.hidden = about === null;
    if (!about) return fill(this.about);
    const title =
      about.kind === "edit" ? "Edit message" : about.message.mine ? "Reply to yourself" : `Reply to ${known.bot.name}`;
    return fill(
      this.about,
      icon(about.kind === "edit" ? "pen" : "reply"),
      el(
        "div",
        { class: "about-words" },
        el("strong", { dir: "auto" }, title),
        el("span", { class: "quiet", dir: "auto" }, inOneLine(about.message)),
      ),
      el(
        "button",
        {
          type: "button",
          class: "round",
          "aria-label": about.kind === "edit" ? "Cancel editing" : "Cancel the reply",
          onclick: () => this.#setAbout(null),
        },
        icon("close"),
      ),
    );
  }

  #key(event) {
    if (event.isComposing) return;
    const { key } = event;
    if (key === "Enter" && !event.shiftKey && !touch.matches) {
      event.preventDefault();
      if (!this.suggest.takeFirst()) this.#submit();
    } else if (key === "Escape") {
      if (this.suggest.isOpen) this.suggest.hide();
      else if (this.#about) this.#setAbout(null);
    } else if (key === "ArrowUp" && this.suggest.isOpen) {
      event.preventDefault();
      this.suggest.focusLast();
    }
  }

  async #submit() {
    const text = this.input.value.trim();
    if (!text) return this.input.focus();
    const about = this.#about;
    this.#about = null;
    this.input.value = "";
    this.#setAbout(null);
    this.typed();
    this.input.focus();
    const isSent =
      about?.kind === "edit" ? await this.#edit(about.message, text) : await this.#send(text, about?.message.id);
    // What was not sent is not lost, unless something else is being written already.
    if (!isSent && !this.input.value) this.put(text);
    return undefined;
  }

  async #send(text, replyTo) {
    for (const [index, piece] of pieces(text).entries()) {
      if (!(await this.phone.send(piece, index === 0 ? replyTo : undefined))) return false;
    }
    return true;
  }

  async #edit(message, text) {
    if (text === message.text) return true;
    return this.phone.ask({ do: "edit", message: message.id, text });
  }

  async sendFiles(files, kind) {
    if (!this.#person.started || this.#person.blocked || !files.length) return;
    const caption = this.input.value.trim();
    this.input.value = "";
    this.typed();
    this.attach.setAttribute("aria-busy", "true");
    try {
      await sendFiles(this.phone.id, files, kind, caption);
    } catch (error) {
      this.phone.fail(error);
      if (!this.input.value) this.put(caption);
    } finally {
      this.attach.removeAttribute("aria-busy");
    }
  }
}

/** Cuts a text as Telegram's apps do: at most 4096 units each, at the end of a line where there is one. */
function pieces(text) {
  const parts = [];
  let rest = text;
  while (rest.length > LONGEST) {
    const line = rest.lastIndexOf("\n", LONGEST);
    const space = rest.lastIndexOf(" ", LONGEST);
    const end = line > 0 ? line : space > 0 ? space : LONGEST;
    parts.push(rest.slice(0, end).trim());
    rest = rest.slice(end).trim();
  }
  return [...parts, rest].filter(Boolean);
}
