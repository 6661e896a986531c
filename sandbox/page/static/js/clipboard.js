// Copies text, also where the browser keeps its clipboard from pages without HTTPS.

import { el } from "./dom.js";

/** Resolves to whether it worked. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelecting(text);
  }
}

function copyBySelecting(text) {
  const focused = document.activeElement;
  const area = el("textarea", { class: "off-screen", "aria-hidden": "true", readonly: true, value: text });
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  focused?.focus({ preventScroll: true });
  return isCopied;
}
