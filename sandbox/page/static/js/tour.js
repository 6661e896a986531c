// A small card that leads through the shop, a step at a time, and moves on when the step was done.

import { el, fill } from "./dom.js";
import { keep, kept, known, on } from "./state.js";

const SKIPPED = "tour:skipped";
const STEP = "tour:step";

export class Tour {
  #step = 0;

  constructor(node, shelf) {
    this.node = node;
    this.shelf = shelf;
    this.place = el("span", { class: "tour-place" });
    this.words = el("p", { class: "tour-words", "aria-live": "polite" });
    this.there = el("button", { type: "button", class: "flat", onclick: () => this.#goThere() });
    this.back = el("button", { type: "button", class: "flat", onclick: () => this.#show(this.#step - 1) }, "Back");
    this.next = el("button", { type: "button", class: "filled", onclick: () => this.#forward() });
    this.skip = el("button", { type: "button", class: "flat", onclick: () => this.#end() }, "Skip");
    const buttons = el("div", { class: "tour-buttons" }, this.there, this.skip, this.back, this.next);
    fill(node, el("div", { class: "tour-text" }, this.place, this.words), buttons);

    on("all", () => this.#begin());
    on("turned", () => this.#pointThere());
    on("tapped", ({ person, label }) => this.#happened(person, ({ tap }) => tap !== undefined && label.includes(tap)));
    on("message", (news) => this.#heard(news));
    on("edit", (news) => this.#heard(news));
  }

  restart() {
    keep(SKIPPED, null);
    this.#show(0);
    this.node.scrollIntoView({ block: "nearest" });
    this.next.focus();
  }

  #begin() {
    const step = Number(kept(STEP) ?? 0);
    if (kept(SKIPPED) || !known.tour.length) this.#mark(null);
    else this.#show(step < known.tour.length ? step : 0);
  }

  #heard({ person, message }) {
    const { mine, text } = message;
    this.#happened(person, (until) => (mine ? until.send : until.see !== undefined && text.includes(until.see)));
  }

  /** Moves on when what the open step waits for happened; one who is a step ahead is followed. */
  #happened(person, fits) {
    if (this.node.hidden) return;
    for (const ahead of [this.#step, this.#step + 1]) {
      const step = known.tour[ahead];
      if (step?.until && step.person === person && fits(step.until)) {
        this.#show(ahead + 1);
        return;
      }
    }
  }

  #forward() {
    if (this.#step + 1 < known.tour.length) this.#show(this.#step + 1);
    else this.#end();
  }

  #end() {
    keep(SKIPPED, "yes");
    keep(STEP, null);
    this.node.hidden = true;
    this.#mark(null);
  }

  #show(step) {
    if (step >= known.tour.length) {
      this.#end();
      return;
    }
    this.#step = step;
    keep(STEP, String(step));
    const { text } = known.tour[step];
    const isLast = step + 1 === known.tour.length;
    this.node.hidden = false;
    this.place.textContent = `${step + 1} of ${known.tour.length}`;
    this.words.textContent = text;
    this.back.disabled = step === 0;
    this.next.textContent = isLast ? "Done" : "Next";
    this.skip.hidden = isLast;
    this.#pointThere();
  }

  /** Marks the step's phone, and offers the way to it to those who are elsewhere. */
  #pointThere() {
    if (this.node.hidden) return;
    this.#mark(known.tour[this.#step].person);
    const phone = this.shelf.get(known.tour[this.#step].person);
    this.there.hidden = !phone || phone === this.shelf.active;
    if (phone) this.there.textContent = `To ${phone.person.name}’s phone`;
  }

  #goThere() {
    const phone = this.shelf.get(known.tour[this.#step].person);
    if (!phone) return;
    this.shelf.activate(phone);
    phone.node.scrollIntoView({ inline: "center", block: "nearest", behavior: "smooth" });
    phone.focusInput();
  }

  #mark(person) {
    for (const node of document.querySelectorAll(".is-toured")) node.classList.remove("is-toured");
    const phone = person === null ? null : this.shelf.get(person);
    phone?.node.classList.add("is-toured");
    phone?.tab?.classList.add("is-toured");
  }
}
