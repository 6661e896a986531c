// Files on their way into a chat: chosen, pasted or dropped.

import { el, icon } from "./dom.js";
import { upload } from "./live.js";
import { openMenu } from "./menu.js";

const PHOTOS = new Set(["image/png", "image/jpeg", "image/webp"]);

const kindOf = (file) => (PHOTOS.has(file.type) ? "photo" : "document");

/** The 📎 button; `send(files, kind)` gets what was chosen. */
export function attachButton(send) {
  const pick = (kind) => {
    const input = el("input", {
      type: "file",
      multiple: true,
      accept: kind === "photo" ? [...PHOTOS].join(",") : null,
    });
    input.addEventListener("change", () => send([...input.files], kind));
    input.click();
  };
  const button = el(
    "button",
    {
      type: "button",
      class: "round attach",
      "aria-label": "Attach",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
    },
    icon("clip"),
  );
  button.addEventListener("click", () =>
    openMenu(button, "Attach", [
      { label: "Photo…", icon: icon("photo"), run: () => pick("photo") },
      { label: "File…", icon: icon("file"), run: () => pick("document") },
    ]),
  );
  return button;
}

/** Lets files be dropped onto a phone and pasted into it. */
export function takeDropped(node, send) {
  const shade = el("div", { class: "drop-shade", hidden: true }, "Drop it here to send");
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  node.append(shade);
  node.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    shade.hidden = false;
  });
  node.addEventListener("dragleave", (event) => {
    if (!node.contains(event.relatedTarget)) shade.hidden = true;
  });
  node.addEventListener("drop", (event) => {
    shade.hidden = true;
    if (!hasFiles(event)) return;
    event.preventDefault();
    send([...event.dataTransfer.files]);
  });
  node.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    send(files);
  });
}

/** Sends files one after another; the caption goes with the first. Rejects at the first that fails. */
export async function sendFiles(person, files, kind, caption) {
  let words = caption;
  for (const file of files) {
    await upload(person, kind ?? kindOf(file), file, words);
    words = "";
  }
}
