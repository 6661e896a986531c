// A small menu that opens at a button or at a point, worked with arrows, Esc and a tap outside.

import { el } from "./dom.js";

const EDGE = 8;
let closeOpen = null;
let openAt = null;

/**
 * Opens a menu. `items`: {label, icon?, checked?, danger?, run}; an item with `checked` set is one choice of several.
 * `where` is the button it hangs from, or a point {x, y}; `label` says what it is to those who cannot see it.
 */
export function openMenu(where, label, items) {
  const isSecondTap = openAt === where;
  closeOpen?.();
  if (isSecondTap) return;
  const isPoint = !(where instanceof Element);
  const returnTo = isPoint ? document.activeElement : where;
  const menu = el("div", { class: "menu", role: "menu", "aria-label": label, popover: "manual" }, items.map(button));

  function button(item) {
    const isChoice = item.checked !== undefined;
    const props = {
      type: "button",
      role: isChoice ? "menuitemradio" : "menuitem",
      tabindex: "-1",
      "aria-checked": isChoice ? String(item.checked) : null,
      class: item.danger ? "danger" : null,
      onclick: () => {
        close();
        item.run();
      },
    };
    const mark = isChoice && el("span", { class: "menu-check", "aria-hidden": "true" }, item.checked ? "✓" : "");
    return el("button", props, mark, item.icon, el("span", { dir: "auto" }, item.label));
  }

  const buttons = [...menu.children];
  const close = () => {
    if (!isPoint) where.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", tapped, true);
    closeOpen = null;
    openAt = null;
    const hadFocus = menu.contains(document.activeElement);
    menu.remove();
    if (hadFocus) returnTo?.focus({ preventScroll: true });
  };
  // Told by hand: the browser's own way takes the end of a long press for a tap outside.
  const tapped = ({ target }) => {
    if (!menu.contains(target) && !(!isPoint && where.contains(target))) close();
  };

  menu.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(document.activeElement);
    const goal = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (event.key === "Tab" || event.key === "Escape") {
      event.stopPropagation();
      close();
    } else if (goal !== undefined) {
      event.preventDefault();
      buttons.at(goal % buttons.length).focus();
    }
  });

  document.addEventListener("pointerdown", tapped, true);
  closeOpen = close;
  openAt = where;
  document.body.append(menu);
  menu.showPopover();
  if (!isPoint) where.setAttribute("aria-expanded", "true");
  place(menu, isPoint ? new DOMRect(where.x, where.y, 0, 0) : where.getBoundingClientRect());
  (buttons.find((each) => each.getAttribute("aria-checked") === "true") ?? buttons[0])?.focus();
}

function place(menu, anchor) {
  const { width, height } = menu.getBoundingClientRect();
  const fitsBelow = anchor.bottom + height + EDGE < innerHeight;
  const top = fitsBelow ? anchor.bottom + 4 : Math.max(EDGE, anchor.top - height - 4);
  const start = anchor.left + width + EDGE < innerWidth ? anchor.left : anchor.right - width;
  menu.style.top = `${Math.max(EDGE, Math.min(top, innerHeight - height - EDGE))}px`;
  menu.style.left = `${Math.max(EDGE, Math.min(start, innerWidth - width - EDGE))}px`;
}
