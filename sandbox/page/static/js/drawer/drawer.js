// The drawer for the curious: the panel, the store and Telegram, and every call, in three tabs.

import { el, icon, setText } from "../dom.js";
import { keep, kept, known, on } from "../state.js";
import { Calls } from "./calls.js";
import { Panel } from "./panel.js";
import { Store } from "./store.js";

export class Drawer {
  constructor(node, restartTour) {
    this.node = node;
    this.parts = { panel: new Panel(), store: new Store(), calls: new Calls() };
    this.badges = [this.#badge(), this.#badge(), this.#badge()];
    const names = { panel: ["Panel"], store: ["Store & Telegram"], calls: ["Calls", this.badges[0]] };
    this.tabs = Object.entries(names).map(([name, words]) => this.#tab(name, words));
    this.list = el(
      "div",
      {
        class: "drawer-tabs",
        role: "tablist",
        "aria-label": "Behind the scenes",
        onkeydown: (event) => this.#move(event),
      },
      this.tabs,
    );
    const foot = el(
      "footer",
      { class: "drawer-foot" },
      el("button", { type: "button", class: "flat", onclick: restartTour }, "Start the tour again"),
    );
    const panels = Object.entries(this.parts).map(([name, part]) => this.#panel(name, part));
    node.append(this.list, ...panels, foot);
    this.#choose(kept("tab") in this.parts ? kept("tab") : "panel");

    this.toggle = el(
      "button",
      { type: "button", class: "tool wide-only", "aria-controls": "drawer", onclick: () => this.#open(!this.isOpen) },
      icon("drawer"),
      "Drawer",
      this.badges[1],
    );
    this.tab = el(
      "button",
      { type: "button", class: "tab tab-drawer", "aria-label": "Drawer" },
      icon("drawer"),
      this.badges[2],
    );
    this.storeChip = el("button", { type: "button", class: "chip wide-only", onclick: () => this.#openAt("store") });
    this.#open(kept("drawer") !== "closed");

    on("all", () => this.#countViolations());
    on("violation", () => this.#countViolations());
    for (const name of ["all", "store"]) on(name, () => this.#showStore());
  }

  get isOpen() {
    return !this.node.classList.contains("is-closed");
  }

  #open(isOpen) {
    this.node.classList.toggle("is-closed", !isOpen);
    document.body.classList.toggle("has-drawer", isOpen);
    this.toggle.setAttribute("aria-expanded", String(isOpen));
    keep("drawer", isOpen ? null : "closed");
  }

  #openAt(name) {
    this.#open(true);
    this.#choose(name);
    this.tabs.find((tab) => tab.dataset.part === name).focus();
  }

  #badge() {
    return el("span", { class: "badge is-bad", hidden: true });
  }

  #countViolations() {
    const number = known.violations.length;
    for (const badge of this.badges) {
      badge.hidden = number === 0;
      setText(badge, String(number));
      badge.setAttribute("aria-label", `${number} violations`);
    }
  }

  #showStore() {
    const { state } = known.store;
    this.storeChip.dataset.state = state;
    setText(this.storeChip, `Store ${state}`);
  }

  #tab(name, words) {
    return el(
      "button",
      {
        type: "button",
        role: "tab",
        id: `tab-${name}`,
        "aria-controls": `part-${name}`,
        dataset: { part: name },
        onclick: () => this.#choose(name),
      },
      words,
    );
  }

  #panel(name, part) {
    part.node.id = `part-${name}`;
    part.node.classList.add("part");
    part.node.setAttribute("role", "tabpanel");
    part.node.setAttribute("aria-labelledby", `tab-${name}`);
    return part.node;
  }

  #choose(name) {
    for (const tab of this.tabs) {
      const isChosen = tab.dataset.part === name;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      this.parts[tab.dataset.part].node.hidden = !isChosen;
    }
    keep("tab", name);
  }

  #move(event) {
    const at = this.tabs.indexOf(document.activeElement);
    const goal = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: this.tabs.length - 1 }[event.key];
    if (goal === undefined || at < 0) return;
    event.preventDefault();
    const tab = this.tabs.at(goal % this.tabs.length);
    tab.focus();
    this.#choose(tab.dataset.part);
  }
}
