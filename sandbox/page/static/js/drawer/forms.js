// Pieces the drawer's tabs share: labelled fields, lists of faults, and asking without leaving the form.

import { el, fill } from "../dom.js";
import { request } from "../live.js";

let fields = 0;

/** A control under its label; `after` stands beside it. */
export function field(label, control, after) {
  control.id ||= `field-${++fields}`;
  const line = after ? el("div", { class: "with-unit" }, control, after) : control;
  return el("div", { class: "field" }, el("label", { class: "field-label", for: control.id }, label), line);
}

export const option = (value, words = value) => el("option", { value }, words);

/** Shows an input's new value unless somebody is writing in it. */
export function setValue(input, value) {
  if (document.activeElement !== input && input.value !== value) input.value = value;
}

/** A line under a form for what went wrong; `ask(act)` resolves to whether it was done. */
export function problemLine() {
  const node = el("p", { class: "problem", role: "alert" });
  const ask = async (act) => {
    try {
      await request(act);
      node.textContent = "";
      return true;
    } catch (error) {
      node.textContent = error.message;
      return false;
    }
  };
  return { node, ask };
}

/** Keeps the options of a select; the one chosen stays chosen. */
export function setOptions(select, options) {
  const key = JSON.stringify(options);
  if (select.dataset.options === key) return;
  const chosen = select.options.length ? select.value : null;
  select.dataset.options = key;
  fill(
    select,
    options.map(([value, words]) => option(value, words)),
  );
  if (options.some(([value]) => value === chosen)) select.value = chosen;
}

/** Shows the faults still to come, in words. */
export function showFaults(list, faults, inWords) {
  const key = JSON.stringify(faults);
  if (list.dataset.shown === key) return;
  list.dataset.shown = key;
  fill(
    list,
    faults.length ? faults.map((fault) => el("li", {}, inWords(fault))) : el("li", { class: "quiet" }, "None."),
  );
}

export const timesInWords = (times) => (times === null ? "every time" : times === 1 ? "once" : `${times} times`);

/** A number typed into a field, or null for an empty one. */
export const numberIn = (input) => (input.value.trim() === "" ? null : Number(input.value));
