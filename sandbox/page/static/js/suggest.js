// The panel above the input: the bot's commands, or what it answers to an inline query.

import { el, fill } from "./dom.js";
import { request } from "./live.js";
import { known } from "./state.js";

const DEBOUNCE = 300;

export class Suggest {
  #timer = 0;
  #asked = 0;
  #query = null;

  constructor(phone, input) {
    this.phone = phone;
    this.input = input;
    this.node = el("div", { class: "suggest", role: "group", hidden: true, onkeydown: (event) => this.#move(event) });
  }

  get isOpen() {
    return !this.node.hidden;
  }

  hide() {
    clearTimeout(this.#timer);
    this.#asked += 1;
    this.#query = null;
    this.node.hidden = true;
    fill(this.node);
  }

  /** Shows what fits what is typed so far. */
  follow(text) {
    const query = inlineQuery(text);
    if (query !== null) return this.#ask(query);
    const command = /^\/(\w*)$/.exec(text);
    if (!command) return this.hide();
    this.hide();
    return this.showCommands(command[1]);
  }

  /** Shows the commands that begin with `start`; tapping one sends it. */
  showCommands(start = "") {
    const commands = this.phone.person.commands.filter(({ command }) => command.startsWith(start.toLowerCase()));
    this.#show(
      "Commands",
      commands.map(({ command, description }) =>
        el(
          "button",
          { type: "button", class: "suggestion command", onclick: () => this.#send(`/${command}`) },
          el("span", { class: "command-name" }, `/${command}`),
          el("span", { class: "quiet", dir: "auto" }, description),
        ),
      ),
    );
  }

  /** Takes the first result, as Enter does in Telegram's apps; false when there is none. */
  takeFirst() {
    const first = this.isOpen && this.node.querySelector(".result");
    if (first) first.click();
    return Boolean(first);
  }

  focusLast() {
    [...this.node.querySelectorAll("button")].at(-1)?.focus();
  }

  #send(text) {
    this.input.value = "";
    this.hide();
    this.phone.composer.typed();
    this.phone.send(text);
    this.input.focus();
  }

  #show(label, children) {
    this.node.setAttribute("aria-label", label);
    this.node.hidden = children.length === 0;
    fill(this.node, children);
    this.node.scrollTop = 0;
  }

  #ask(query) {
    if (query === this.#query) return;
    clearTimeout(this.#timer);
    this.#query = query;
    const asked = ++this.#asked;
    this.#timer = setTimeout(() => this.#load(query, "", asked), DEBOUNCE);
  }

  async #load(query, offset, asked) {
    this.node.setAttribute("aria-busy", "true");
    try {
      const answer = await request({ do: "inline", person: this.phone.id, query, offset });
      if (asked === this.#asked) this.#showResults(query, answer, offset !== "", asked);
    } catch (error) {
      if (asked === this.#asked)
        this.#show("Results", [el("p", { class: "suggest-note", role: "status" }, error.message)]);
    } finally {
      this.node.removeAttribute("aria-busy");
    }
  }

  #showResults(query, { results, next_offset: next, button }, isMore, asked) {
    const old = isMore ? [...this.node.querySelectorAll(".result")] : [];
    const found = results.map((result, index) => this.#result(query, result, old.length + index));
    const top = this.node.scrollTop;
    const hadFocus = this.node.contains(document.activeElement);
    const more =
      next &&
      el(
        "button",
        { type: "button", class: "suggestion flat", onclick: () => this.#load(query, next, asked) },
        "More results",
      );
    const empty =
      !old.length && !found.length && !button && el("p", { class: "suggest-note", role: "status" }, "Nothing found.");
    this.#show("Results", [button ? this.#switch(button) : null, ...old, ...found, more, empty].filter(Boolean));
    if (!isMore) return;
    this.node.scrollTop = top;
    if (hadFocus) found[0]?.focus({ preventScroll: true });
  }

  #result(query, { title, description, text }, index) {
    const choose = () => {
      this.input.value = "";
      this.hide();
      this.phone.composer.typed();
      request({ do: "choose", person: this.phone.id, query, index }).catch((error) => this.phone.fail(error));
      this.input.focus();
    };
    return el(
      "button",
      { type: "button", class: "suggestion result", onclick: choose },
      el("span", { class: "result-sign", "aria-hidden": "true" }, [...title][0] ?? "•"),
      el(
        "span",
        { class: "result-words" },
        el("strong", { dir: "auto" }, title),
        el("span", { class: "quiet", dir: "auto" }, description || text),
      ),
    );
  }

  #switch({ text, start_parameter: payload }) {
    const start = () => {
      this.input.value = "";
      this.hide();
      this.phone.composer.typed();
      this.phone.start(payload);
    };
    return el(
      "button",
      { type: "button", class: "suggestion flat", onclick: start },
      el("span", { dir: "auto" }, text),
    );
  }

  #move(event) {
    const buttons = [...this.node.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement);
    if (event.key === "Escape") {
      event.stopPropagation();
      this.hide();
      this.input.focus();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const goal = at + (event.key === "ArrowDown" ? 1 : -1);
      (buttons[goal] ?? this.input).focus();
    }
  }
}

function inlineQuery(text) {
  const start = `@${known.bot.username} `;
  return text.toLowerCase().startsWith(start.toLowerCase()) ? text.slice(start.length) : null;
}
