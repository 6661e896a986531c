// The panel's orders, the newest first; each row is made once and then only corrected.

import { el, setText } from "../dom.js";
import { count } from "../format.js";
import { numberIn, option, problemLine } from "./forms.js";

const STATUSES = ["Pending", "Processing", "In progress", "Completed", "Partial", "Canceled", "Refunded", "Fail"];
const FINAL = new Set(["Completed", "Partial", "Canceled", "Refunded", "Fail"]);
const WITH_REMAINS = new Set(["Partial", "Canceled"]);
const SHARES = [25, 50, 75];

export class Orders {
  #rows = new Map();

  constructor() {
    this.list = el("ul", { class: "orders" });
    this.none = el("p", { class: "quiet" }, "No orders yet.");
    this.number = el("span", { class: "quiet" });
    this.node = el(
      "section",
      { class: "block", "aria-labelledby": "orders-title" },
      el("h3", { id: "orders-title" }, "Orders ", this.number),
      this.none,
      this.list,
    );
  }

  update({ orders, currency }) {
    this.none.hidden = orders.length > 0;
    setText(this.number, orders.length ? String(orders.length) : "");
    const ids = new Set(orders.map(({ id }) => String(id)));
    for (const [id, row] of this.#rows) {
      if (ids.has(id)) continue;
      row.node.remove();
      this.#rows.delete(id);
    }
    for (const order of orders) {
      const id = String(order.id);
      if (!this.#rows.has(id)) {
        this.#rows.set(id, new Row(id));
        this.list.prepend(this.#rows.get(id).node);
      }
      this.#rows.get(id).update(order, currency);
    }
  }
}

class Row {
  #order = null;

  constructor(id) {
    this.id = id;
    this.problem = problemLine();
    this.status = el("span", { class: "order-status" });
    this.name = el("p", { class: "order-name", dir: "auto" });
    this.link = el("p", { class: "order-link quiet", dir: "auto" });
    this.bar = el("progress", { max: "100", value: 0, "aria-label": `Delivered of order ${id}` });
    this.delivered = el("span", {});
    this.charge = el("span", { class: "order-charge" });
    this.quick = el(
      "div",
      { class: "order-quick", role: "group", "aria-label": `Order ${id}: deliver` },
      SHARES.map((share) =>
        el(
          "button",
          {
            type: "button",
            class: "small share",
            "aria-label": `Deliver ${share} percent`,
            onclick: () => this.#deliver(share),
          },
          `${share} %`,
        ),
      ),
      el("button", { type: "button", class: "small good", onclick: () => this.#finish("Completed") }, "Complete"),
      el("button", { type: "button", class: "small bad", onclick: () => this.#finish("Fail") }, "Fail"),
    );
    this.node = el(
      "li",
      { class: "order", dataset: { order: id } },
      el("div", { class: "order-head" }, el("strong", {}, `#${id}`), this.status),
      this.name,
      this.link,
      this.bar,
      el("div", { class: "order-facts quiet" }, this.delivered, this.charge),
      this.quick,
      this.#exact(),
      this.problem.node,
    );
  }

  #exact() {
    this.select = el(
      "select",
      { "aria-label": `Status of order ${this.id}` },
      STATUSES.map((status) => option(status)),
    );
    this.remains = el("input", {
      type: "number",
      min: "0",
      placeholder: "left",
      "aria-label": "Remains",
      hidden: true,
    });
    this.select.addEventListener("change", () => (this.remains.hidden = !WITH_REMAINS.has(this.select.value)));
    const apply = (event) => {
      event.preventDefault();
      this.#finish(this.select.value, this.remains.hidden ? null : numberIn(this.remains));
    };
    return el(
      "details",
      { class: "order-exact" },
      el("summary", {}, "Set the status"),
      el(
        "form",
        { class: "row", onsubmit: apply },
        this.select,
        this.remains,
        el("button", { class: "small" }, "Apply"),
      ),
    );
  }

  #finish(status, remains = null) {
    this.problem.ask({ do: "panel", verb: "finish", order: this.id, status, ...(remains === null ? {} : { remains }) });
  }

  #deliver(share) {
    this.problem.ask({
      do: "panel",
      verb: "advance",
      order: this.id,
      delivered: Math.round((this.#order.quantity * share) / 100),
    });
  }

  update(order, currency) {
    if (JSON.stringify(order) === JSON.stringify(this.#order)) return;
    this.#order = order;
    const quantity = order.quantity ?? 0;
    const done = order.remains === null || order.remains === undefined ? 0 : Math.max(quantity - order.remains, 0);
    setText(this.status, order.status);
    this.node.dataset.status = order.status;
    this.node.classList.toggle("is-final", FINAL.has(order.status));
    setText(this.name, order.name || `Service ${order.service}`);
    setText(this.link, order.url ?? "");
    this.link.title = order.url ?? "";
    this.bar.value = quantity ? (done / quantity) * 100 : 0;
    const start =
      order.start_count === null || order.start_count === undefined ? "" : ` · start ${count(order.start_count)}`;
    setText(this.delivered, quantity ? `${count(done)} of ${count(quantity)}${start}` : "one package");
    setText(this.charge, order.charge === null ? "no charge yet" : `${order.charge} ${currency}`);
    this.quick.hidden = FINAL.has(order.status);
    for (const button of this.quick.querySelectorAll(".share")) button.hidden = !quantity;
  }
}
