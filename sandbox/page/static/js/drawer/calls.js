// The calls' tab: what the bot asked of Telegram and of the panel, the newest first, and what it did wrong.

import { el, fill, setText } from "../dom.js";
import { secondOf } from "../format.js";
import { known, on } from "../state.js";
import { field } from "./forms.js";

const SHOWN = 300;
const SIDES = { telegram: "Telegram", panel: "Panel" };

export class Calls {
  constructor() {
    this.filter = el("input", {
      type: "search",
      placeholder: "sendMessage Anna -status",
      autocomplete: "off",
      spellcheck: "false",
      oninput: () => this.#sift(),
    });
    this.list = el("ul", { class: "calls" });
    this.none = el("p", { class: "quiet" }, "No calls yet.");
    this.violationsTitle = el("h3", { id: "violations-title" });
    this.violations = el("ul", { class: "violations" });
    this.node = el(
      "div",
      {},
      el("section", { class: "block", "aria-labelledby": "violations-title" }, this.violationsTitle, this.violations),
      el(
        "section",
        { class: "block", "aria-labelledby": "calls-title" },
        el("h3", { id: "calls-title" }, "Calls"),
        field("Only those with these words; -word leaves out", this.filter),
        this.none,
        this.list,
      ),
    );
    on("all", () => this.#reset());
    on("call", (call) => this.#add(call));
    on("violation", () => this.#showViolations());
  }

  #reset() {
    fill(
      this.list,
      [...known.calls].reverse().map((call) => this.#row(call)),
    );
    this.none.hidden = known.calls.length > 0;
    this.#showViolations();
  }

  #add(call) {
    this.list.prepend(this.#row(call));
    this.none.hidden = true;
    while (this.list.childElementCount > SHOWN) this.list.lastElementChild.remove();
  }

  #showViolations() {
    const number = known.violations.length;
    setText(this.violationsTitle, number ? `Violations: ${number}` : "No violations");
    this.violationsTitle.classList.toggle("is-bad", number > 0);
    fill(
      this.violations,
      [...known.violations].reverse().map((text) => el("li", {}, text)),
    );
  }

  #row(call) {
    const who = call.chat === null ? "" : (known.people.get(call.chat)?.name ?? String(call.chat));
    const summary = el(
      "summary",
      {},
      el("time", { class: "quiet" }, secondOf(call.at)),
      el("span", { class: `side side-${call.side}` }, SIDES[call.side] ?? call.side),
      el("span", { class: "call-name" }, call.name),
      who && el("bdi", { class: "quiet" }, who),
      call.fault && el("span", { class: "call-fault" }, call.fault),
      call.error && el("span", { class: "call-error" }, call.error),
    );
    const details = el("details", {}, summary);
    // Written out only when somebody looks: there are hundreds.
    details.addEventListener("toggle", () => details.childElementCount === 1 && details.append(...inFull(call)));
    const row = el("li", { class: call.error ? "call is-error" : "call" }, details);
    row.dataset.words = [SIDES[call.side], call.name, who, call.chat, call.error, call.fault]
      .filter(Boolean)
      .join(" ")
      .toLowerCase();
    row.hidden = !this.#fits(row);
    return row;
  }

  #fits(row) {
    const words = this.filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    return words.every((word) =>
      word.startsWith("-") && word.length > 1
        ? !row.dataset.words.includes(word.slice(1))
        : row.dataset.words.includes(word),
    );
  }

  #sift() {
    for (const row of this.list.children) row.hidden = !this.#fits(row);
  }
}

function inFull({ params, answer, error }) {
  return [
    el("h4", {}, "Asked"),
    el("pre", { tabindex: "0" }, JSON.stringify(params, null, 2)),
    el("h4", {}, "Answered"),
    el("pre", { tabindex: "0" }, pretty(answer || error || "")),
  ];
}

function pretty(answer) {
  try {
    return JSON.stringify(JSON.parse(answer), null, 2);
  } catch {
    return answer;
  }
}
