// The phones side by side, or one at a time on a narrow screen, with the tabs that switch between them.

import { addCustomer } from "./dialogs.js";
import { el, fill, icon, setText } from "./dom.js";
import { Phone } from "./phone.js";
import { known, on, tell } from "./state.js";

export class Shelf {
  /** The phone being looked at, or null while it is the drawer. */
  active = null;
  #phones = new Map();
  #last = null;
  // Until somebody chose, the page shows the first customer, whoever came first.
  #isChosen = false;

  constructor(node, tabs, drawerTab) {
    this.node = node;
    this.tabs = tabs;
    this.drawerTab = drawerTab;
    this.empty = el("p", { class: "empty" });
    drawerTab.addEventListener("click", () => this.activate(null));

    on("all", () => this.#reset());
    on("person", (person) => this.#take(person));
    on("bot", () => this.#phones.forEach((phone) => phone.updateBot()));
    on("store", () => this.#sayWhyEmpty());
    for (const name of ["message", "edit", "delete"]) {
      on(name, (news) => this.#phones.get(news.person)?.take(news));
    }
    // One has seen a phone when one has touched it, not when it merely stands beside.
    for (const name of ["pointerdown", "focusin", "wheel"]) {
      node.addEventListener(name, (event) => this.#touched(event), { passive: true });
    }
    document.addEventListener("visibilitychange", () => this.active?.log.see());
  }

  #reset() {
    for (const [id, phone] of this.#phones) {
      if (known.people.has(id)) continue;
      phone.node.remove();
      this.#phones.delete(id);
    }
    for (const person of known.people.values()) {
      this.#take(person);
      this.#phones.get(person.id).reset(person);
    }
    this.#sayWhyEmpty();
    if (!this.#isChosen || !this.#phones.has(this.#last?.id)) this.#turnTo(this.#first());
  }

  #first() {
    const all = [...this.#phones.values()];
    return all.find((phone) => phone.person.role === "customer") ?? all[0] ?? null;
  }

  #take(person) {
    const phone = this.#phones.get(person.id);
    if (phone) {
      phone.update(person);
    } else {
      this.#phones.set(person.id, new Phone(person, this));
      this.#arrange();
      if (!this.#isChosen) this.#turnTo(this.#first());
      this.#sayWhyEmpty();
    }
    this.#drawTabs();
  }

  /** Customers first, the owner last: what a customer does shows on the owner's phone. */
  #arrange() {
    const rank = ({ person }) => (person.role === "owner" ? 1 : 0);
    const ordered = [...this.#phones.values()].sort((one, other) => rank(one) - rank(other));
    // Moving a node that stands right would take the focus out of it.
    ordered.forEach(({ node }, index) => {
      if (this.node.children[index] !== node) this.node.insertBefore(node, this.node.children[index] ?? null);
    });
  }

  #sayWhyEmpty() {
    const isEmpty = this.#phones.size === 0;
    if (!isEmpty) return this.empty.remove();
    if (!this.empty.isConnected) this.node.append(this.empty);
    return setText(this.empty, `The store is ${known.store.state}. ${known.store.line}`);
  }

  others(phone) {
    return [...this.#phones.values()].filter((other) => other !== phone);
  }

  get(id) {
    return this.#phones.get(id);
  }

  /** Turns to a phone, or with null to the drawer. */
  activate(phone) {
    this.#isChosen = true;
    this.#turnTo(phone);
  }

  #turnTo(phone) {
    if (phone) this.#last = phone;
    this.active = phone;
    document.body.classList.toggle("shows-drawer", phone === null);
    for (const each of this.#phones.values()) each.node.classList.toggle("is-active", each === this.#last);
    this.#drawTabs();
    phone?.tab.scrollIntoView({ inline: "nearest", block: "nearest" });
    phone?.log.see();
    tell("turned");
  }

  #touched(event) {
    const phone = this.#phones.get(Number(event.target.closest("[data-person]")?.dataset.person));
    if (phone && phone !== this.active) this.activate(phone);
  }

  add() {
    addCustomer((id) => {
      const phone = this.#phones.get(id);
      if (!phone) return;
      this.activate(phone);
      phone.node.scrollIntoView({ inline: "center", block: "nearest" });
      phone.composer.big.focus();
    });
  }

  #drawTabs() {
    const wanted = [...this.node.querySelectorAll("[data-person]")].map((node) =>
      this.#phones.get(Number(node.dataset.person)),
    );
    const tabs = wanted.map((phone) => this.#tab(phone));
    const plus =
      this.plus ??
      el(
        "button",
        { type: "button", class: "tab tab-add", "aria-label": "Add a customer", onclick: () => this.add() },
        icon("plus"),
      );
    this.plus = plus;
    const whole = [...tabs, plus, this.drawerTab];
    if (whole.some((node, index) => this.tabs.children[index] !== node) || this.tabs.childElementCount !== whole.length)
      fill(this.tabs, whole);
    this.drawerTab.setAttribute("aria-current", String(this.active === null));
  }

  #tab(phone) {
    phone.tab ??= el("button", {
      type: "button",
      class: "tab",
      dataset: { tab: phone.id },
      onclick: () => this.activate(phone),
    });
    const isCurrent = String(phone === this.active);
    const { unread } = phone.log;
    const words = `${phone.person.name}|${unread}`;
    phone.tab.setAttribute("aria-current", isCurrent);
    if (phone.tab.dataset.words !== words) {
      phone.tab.dataset.words = words;
      fill(
        phone.tab,
        el("bdi", {}, phone.person.name),
        unread > 0 && el("span", { class: "badge", "aria-label": `${unread} unread` }, String(unread)),
      );
    }
    return phone.tab;
  }

  unreadChanged() {
    const unread = [...this.#phones.values()].reduce((sum, phone) => sum + phone.log.unread, 0);
    document.title = `${unread ? `(${unread}) ` : ""}${known.bot.name} · sandbox`;
    this.#drawTabs();
  }
}
