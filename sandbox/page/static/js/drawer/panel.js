// The panel's tab: its balance and pace, the ways to break it, and its orders.

import { el, fill, setText } from "../dom.js";
import { known, on } from "../state.js";
import { field, numberIn, problemLine, setOptions, setValue, showFaults, timesInWords } from "./forms.js";
import { Orders } from "./orders.js";

const PACES = [0, 1, 3, 10, 60];
const ANY = "";

const capital = (word) => word[0].toUpperCase() + word.slice(1);

export class Panel {
  constructor() {
    this.problem = problemLine();
    this.faultProblem = problemLine();
    this.orders = new Orders();
    this.node = el("div", {}, this.#account(), this.orders.node, this.#faults());
    on("all", () => this.#update());
    on("panel", () => this.#update());
  }

  #ask(act) {
    return this.problem.ask({ do: "panel", ...act });
  }

  #account() {
    this.balance = el("input", { inputmode: "decimal", autocomplete: "off", class: "sum", required: true });
    this.currency = el("span", { class: "quiet" });
    const set = async (event) => {
      event.preventDefault();
      const balance = this.balance.value.trim().replace(",", ".");
      if (await this.#ask({ verb: "balance", balance })) this.balance.blur();
      this.#update();
    };
    this.paces = el("div", { class: "segments" });
    return el(
      "section",
      { class: "block", "aria-label": "Account" },
      el(
        "form",
        { class: "row", onsubmit: set },
        field("Balance", this.balance, this.currency),
        el("button", { class: "small" }, "Set"),
      ),
      el("fieldset", { class: "paces" }, el("legend", { class: "field-label" }, "Pace of the orders"), this.paces),
      this.problem.node,
    );
  }

  #showPace(pace) {
    const offered = PACES.includes(pace) ? PACES : [...PACES, pace].sort((one, other) => one - other);
    if (this.paces.dataset.offered !== String(offered)) {
      this.paces.dataset.offered = String(offered);
      fill(
        this.paces,
        offered.map((each) => this.#paceChoice(each)),
      );
    }
    for (const input of this.paces.querySelectorAll("input")) input.checked = Number(input.value) === pace;
  }

  #paceChoice(pace) {
    const input = el("input", {
      type: "radio",
      name: "pace",
      value: String(pace),
      class: "off-screen",
      onchange: () => this.#ask({ verb: "pace", pace }),
    });
    return el("label", { class: "segment" }, input, el("span", {}, pace === 0 ? "paused" : `${pace}×`));
  }

  #faults() {
    this.kind = el("select", { onchange: () => this.#showMeaning() });
    this.action = el("select", {});
    this.times = el("input", { type: "number", min: "1", value: "1", placeholder: "always" });
    this.meaning = el("p", { class: "hint" });
    this.extras = {
      seconds: el("input", { type: "number", min: "0", step: "any" }),
      status: el("input", { type: "number", min: "100", max: "599" }),
      text: el("input", { autocomplete: "off" }),
    };
    this.extraFields = Object.fromEntries(
      Object.entries(this.extras).map(([name, input]) => [name, field(capital(name), input)]),
    );
    this.coming = el("ul", { class: "coming" });
    return el(
      "section",
      { class: "block", "aria-labelledby": "break-title" },
      el("h3", { id: "break-title" }, "Break the panel"),
      el(
        "form",
        { onsubmit: (event) => this.#break(event) },
        field("How", this.kind),
        this.meaning,
        el("div", { class: "row" }, field("Call", this.action), field("Times", this.times)),
        el("div", { class: "row" }, Object.values(this.extraFields)),
        el("button", { class: "small warning" }, "Break it"),
        this.faultProblem.node,
      ),
      el("h4", {}, "Still to come"),
      this.coming,
      (this.clear = el(
        "button",
        { type: "button", class: "small", onclick: () => this.#ask({ verb: "clear" }) },
        "Clear",
      )),
    );
  }

  /** Only the parameters a fault has are asked for; its meaning names them in backticks. */
  #showMeaning() {
    const means = known.panel.fault_kinds.find(({ name }) => name === this.kind.value)?.means ?? "";
    setText(this.meaning, means.replaceAll("`", ""));
    for (const [name, node] of Object.entries(this.extraFields)) node.hidden = !means.includes(`\`${name}\``);
  }

  #break(event) {
    event.preventDefault();
    const extras = Object.entries(this.extras).filter(
      ([name, input]) => !this.extraFields[name].hidden && input.value.trim() !== "",
    );
    const given = Object.fromEntries(
      extras.map(([name, input]) => [name, name === "text" ? input.value : Number(input.value)]),
    );
    const action = this.action.value === ANY ? null : this.action.value;
    this.faultProblem.ask({
      do: "panel",
      verb: "fault",
      fault: this.kind.value,
      action,
      times: numberIn(this.times),
      ...given,
    });
  }

  #update() {
    const { panel } = known;
    if (!panel) return;
    setValue(this.balance, String(panel.balance));
    setText(this.currency, panel.currency);
    this.#showPace(Number(panel.pace));
    setOptions(
      this.kind,
      panel.fault_kinds.map(({ name }) => [name, name]),
    );
    setOptions(this.action, [...panel.actions.map((action) => [action, action]), [ANY, "any"]]);
    this.#showMeaning();
    showFaults(
      this.coming,
      panel.faults,
      ({ fault, action, times, text }) =>
        `${fault} on ${action ?? "any call"}, ${timesInWords(times)}${text ? `: ${text}` : ""}`,
    );
    this.clear.hidden = panel.faults.length === 0;
    this.orders.update(panel);
  }
}
