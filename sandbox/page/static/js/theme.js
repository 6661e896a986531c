// Light, dark, or as the system has it.

import { el, icon } from "./dom.js";
import { openMenu } from "./menu.js";
import { keep, kept } from "./state.js";

const CHOICES = [
  ["system", "As the system"],
  ["light", "Light"],
  ["dark", "Dark"],
];

function apply(choice) {
  if (choice === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
}

const chosen = () => kept("theme") ?? "system";

export function themeButton() {
  apply(chosen());
  const button = el(
    "button",
    {
      type: "button",
      class: "round",
      "aria-label": "Light or dark",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
    },
    icon("sun"),
  );
  const items = () =>
    CHOICES.map(([choice, label]) => ({
      label,
      checked: choice === chosen(),
      run: () => {
        keep("theme", choice);
        apply(choice);
      },
    }));
  button.addEventListener("click", () => openMenu(button, "Light or dark", items()));
  return button;
}
