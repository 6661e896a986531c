// What opens over one phone: alerts, the payment sheet, sharing. The other phones stay usable meanwhile.

import { el, icon } from "./dom.js";
import { stars } from "./format.js";

/**
 * Opens a dialog inside a phone; the rest of that phone is out of reach until it closes.
 * `build(close)` returns its children. Esc closes it and the focus goes back to where it was.
 */
export function phoneDialog(phone, kind, label, build) {
  const returnTo = document.activeElement;
  // An answer may come while somebody writes on another phone; that is left alone.
  const isHere = returnTo === document.body || phone.node.contains(returnTo);
  const dialog = el("dialog", { class: `phone-dialog ${kind}`, "aria-label": label });
  const shade = el("div", { class: "shade" });
  const close = () => {
    if (!dialog.isConnected) return;
    const hadFocus = dialog.contains(document.activeElement);
    shade.remove();
    dialog.remove();
    phone.body.inert = phone.frame.querySelector("dialog") !== null;
    if (!hadFocus) return;
    if (returnTo?.isConnected) returnTo.focus({ preventScroll: true });
    else phone.focusInput();
  };

  dialog.append(...build(close).filter(Boolean));
  shade.addEventListener("click", close);
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
  });

  phone.frame.append(shade, dialog);
  phone.body.inert = true;
  dialog.show();
  if (isHere) (dialog.querySelector("[data-first]") ?? dialog.querySelector("button")).focus();
  return dialog;
}

export function alertSheet(phone, text) {
  phoneDialog(phone, "alert", "Alert", (close) => [
    el("p", { class: "alert-text", dir: "auto" }, text),
    el("button", { type: "button", class: "flat", "data-first": true, onclick: close }, "OK"),
  ]);
}

/** The sheet of a payment in Stars; `pay()` resolves to {paid, error?}. */
export function paySheet(phone, bill, pay) {
  phoneDialog(phone, "sheet", `Pay ${stars(bill.stars)}`, (close) => {
    const problem = el("p", { class: "problem", role: "alert", dir: "auto" });
    const confirm = el(
      "button",
      { type: "button", class: "filled", "data-first": true },
      `Confirm and Pay ${stars(bill.stars)}`,
    );
    confirm.addEventListener("click", async () => {
      if (confirm.ariaBusy === "true") return;
      confirm.ariaBusy = "true";
      problem.textContent = "";
      try {
        const answer = await pay();
        if (!answer.paid) throw new Error(answer.error);
        close();
        phone.toast(`Paid ${stars(bill.stars)}`);
      } catch (error) {
        problem.textContent = error.message;
      } finally {
        confirm.ariaBusy = "false";
      }
    });
    return [
      el(
        "button",
        { type: "button", class: "round sheet-close", "aria-label": "Close", onclick: close },
        icon("close"),
      ),
      el("div", { class: "sheet-star", "aria-hidden": "true" }, "⭐️"),
      el("h3", { dir: "auto" }, bill.title),
      el("p", { class: "sheet-words", dir: "auto" }, bill.description),
      el(
        "p",
        { class: "sheet-sum" },
        stars(bill.stars),
        el("span", { class: "quiet" }, bill.stars === 1 ? " Star" : " Stars"),
      ),
      problem,
      confirm,
    ];
  });
}

/** What Telegram's share link would do: hand the link to somebody. Here it is another phone, or the clipboard. */
export function shareSheet(phone, { link, text }, others, copy) {
  phoneDialog(phone, "sheet", "Share", (close) => {
    const after = (act) => () => {
      close();
      act();
    };
    return [
      el(
        "button",
        { type: "button", class: "round sheet-close", "aria-label": "Close", onclick: close },
        icon("close"),
      ),
      el("h3", {}, "Share"),
      text && el("p", { class: "sheet-words", dir: "auto" }, text),
      el("p", { class: "sheet-link", dir: "ltr" }, link),
      ...others.map(({ name, open }) =>
        el("button", { type: "button", class: "filled", onclick: after(open) }, `Open it on ${name}’s phone`),
      ),
      el("button", { type: "button", class: "flat", onclick: after(copy) }, "Copy the link"),
    ];
  });
}
