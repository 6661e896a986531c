// What opens over the whole page: a photo at full size, and adding a customer.

import { el, icon } from "./dom.js";
import { request } from "./live.js";
import { known } from "./state.js";

function open(dialog) {
  const returnTo = document.activeElement;
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (returnTo?.isConnected) returnTo.focus({ preventScroll: true });
  });
  // A click on the dialog itself, and not on what it holds, is a click on the shade around it.
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
}

export function enlarge(source, words) {
  const close = () => dialog.close();
  const dialog = el(
    "dialog",
    { class: "photo-dialog", "aria-label": "Photo" },
    el("img", { src: source, alt: words || "Photo", onclick: close }),
    el("button", { type: "button", class: "round", "aria-label": "Close", onclick: close }, icon("close")),
  );
  open(dialog);
}

/** Asks for a name and a language; `onAdded(id)` is told whose phone it became. */
export function addCustomer(onAdded) {
  const name = el("input", {
    name: "name",
    required: true,
    maxlength: "64",
    autocomplete: "off",
    dir: "auto",
    autofocus: true,
  });
  const language = el(
    "select",
    { name: "language" },
    known.languages.map(({ code, name: words }) => el("option", { value: code }, words)),
  );
  const problem = el("p", { class: "problem", role: "alert" });
  const add = async (event) => {
    event.preventDefault();
    try {
      const { person } = await request({ do: "add_person", name: name.value, language: language.value });
      dialog.close();
      onAdded(person);
    } catch (error) {
      problem.textContent = error.message;
    }
  };
  const dialog = el(
    "dialog",
    { class: "page-dialog", "aria-labelledby": "add-title" },
    el(
      "form",
      { onsubmit: add },
      el("h2", { id: "add-title" }, "Add a customer"),
      el("label", {}, "Name", name),
      el("label", {}, "Language of the phone", language),
      problem,
      el(
        "div",
        { class: "dialog-buttons" },
        el("button", { type: "button", class: "flat", onclick: () => dialog.close() }, "Cancel"),
        el("button", { class: "filled" }, "Add"),
      ),
    ),
  );
  open(dialog);
}
