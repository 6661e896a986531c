// The store's and Telegram's tab: stopping the one, and letting the other misbehave.

import { el, setText } from "../dom.js";
import { known, on } from "../state.js";
import { field, numberIn, option, problemLine, setOptions, showFaults, timesInWords } from "./forms.js";

const METHODS = [
  "sendMessage",
  "editMessageText",
  "answerCallbackQuery",
  "sendPhoto",
  "sendDocument",
  "sendChatAction",
  "sendInvoice",
  "answerInlineQuery",
  "answerPreCheckoutQuery",
  "deleteMessage",
  "pinChatMessage",
  "setMyCommands",
  "getFile",
  "getUpdates",
];

export class Store {
  constructor() {
    this.storeProblem = problemLine();
    this.problem = problemLine();
    this.node = el("div", {}, this.#store(), this.#telegram());
    for (const name of ["all", "store"]) on(name, () => this.#showStore());
    for (const name of ["all", "telegram"]) on(name, () => this.#showTelegram());
  }

  #store() {
    this.state = el("p", { class: "store-state", role: "status" });
    this.line = el("pre", { class: "store-line", tabindex: "0", "aria-label": "Its last line" });
    const button = (verb, words, kind = "") =>
      el("button", { type: "button", class: `small ${kind}`, onclick: () => this.#do(verb) }, words);
    this.restart = button("restart", "Restart");
    this.kill = button("kill", "Kill -9", "bad");
    this.start = button("start", "Start", "good");
    this.buttons = el(
      "div",
      { class: "row", role: "group", "aria-label": "The store" },
      this.restart,
      this.kill,
      this.start,
    );
    return el(
      "section",
      { class: "block", "aria-labelledby": "store-title" },
      el("h3", { id: "store-title" }, "The store"),
      this.state,
      this.line,
      this.buttons,
      this.storeProblem.node,
    );
  }

  async #do(verb) {
    this.buttons.setAttribute("aria-busy", "true");
    await this.storeProblem.ask({ do: "store", verb });
    this.buttons.removeAttribute("aria-busy");
  }

  #showStore() {
    const { state, line } = known.store;
    this.state.dataset.state = state;
    setText(this.state, { starting: "Starting…", running: "Running", stopped: "Stopped" }[state] ?? state);
    this.line.hidden = !line;
    setText(this.line, line);
    const isStopped = state === "stopped";
    this.restart.hidden = isStopped;
    this.kill.hidden = isStopped;
    this.start.hidden = !isStopped;
  }

  #telegram() {
    this.kind = el("select", { onchange: () => this.#showMeaning() });
    this.meaning = el("p", { class: "hint" });
    this.method = el("input", { list: "methods", placeholder: "any", autocomplete: "off", spellcheck: "false" });
    this.amount = el("input", { type: "number", min: "0", step: "any", placeholder: "usual" });
    this.times = el("input", { type: "number", min: "1", value: "1", required: true });
    this.coming = el("ul", { class: "coming" });
    this.limits = el("input", {
      type: "checkbox",
      role: "switch",
      class: "switch",
      onchange: () => this.#ask({ verb: "rate_limits", on: this.limits.checked }),
    });
    this.clear = el("button", { type: "button", class: "small", onclick: () => this.#ask({ verb: "clear" }) }, "Clear");
    return el(
      "section",
      { class: "block", "aria-labelledby": "telegram-title" },
      el("h3", { id: "telegram-title" }, "Break Telegram"),
      el(
        "datalist",
        { id: "methods" },
        METHODS.map((method) => option(method)),
      ),
      el(
        "form",
        { onsubmit: (event) => this.#break(event) },
        field("How", this.kind),
        this.meaning,
        field("Method", this.method),
        el("div", { class: "row" }, field("Seconds, or status", this.amount), field("Times", this.times)),
        el("button", { class: "small warning" }, "Break it"),
        this.problem.node,
      ),
      el("h4", {}, "Still to come"),
      this.coming,
      this.clear,
      el(
        "label",
        { class: "switch-row" },
        this.limits,
        el("span", {}, "Rate limits", el("span", { class: "hint" }, "refuse what a real bot may not send so fast")),
      ),
    );
  }

  #ask(act) {
    return this.problem.ask({ do: "telegram", ...act });
  }

  #break(event) {
    event.preventDefault();
    const amount = numberIn(this.amount);
    const method = this.method.value.trim();
    this.#ask({
      verb: "fault",
      fault: this.kind.value,
      times: numberIn(this.times),
      ...(method ? { method } : {}),
      ...(amount === null ? {} : { amount }),
    });
  }

  #showMeaning() {
    setText(this.meaning, known.telegram.fault_kinds.find(({ name }) => name === this.kind.value)?.means ?? "");
  }

  #showTelegram() {
    const { telegram } = known;
    if (!telegram) return;
    setOptions(
      this.kind,
      telegram.fault_kinds.map(({ name }) => [name, name]),
    );
    this.#showMeaning();
    showFaults(
      this.coming,
      telegram.faults,
      ({ kind, amount, method, times }) =>
        `${kind}${amount ? ` ${amount}` : ""} on ${method ?? "any call"}, ${timesInWords(times)}`,
    );
    this.clear.hidden = telegram.faults.length === 0;
    this.limits.checked = telegram.rate_limits;
  }
}
