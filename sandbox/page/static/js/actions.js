// What may be done with a message: reply, copy, and with one's own also edit and delete.

import { icon } from "./dom.js";
import { request } from "./live.js";
import { openMenu } from "./menu.js";

/** Opens the menu of a message at a button or at a point. */
export function openActions(phone, id, where) {
  const message = phone.log.get(id);
  if (!message) return;
  const isOwnText = message.mine && message.kind === "text" && !message.via_bot;
  const remove = () => request({ do: "delete", person: phone.id, message: id }).catch((error) => phone.fail(error));
  const items = [
    !phone.person.blocked && { label: "Reply", icon: icon("reply"), run: () => phone.composer.replyTo(message) },
    message.text &&
      !message.protected && { label: "Copy text", icon: icon("copy"), run: () => phone.copy(message.text) },
    isOwnText && { label: "Edit", icon: icon("pen"), run: () => phone.composer.change(message) },
    message.mine && { label: "Delete", icon: icon("bin"), danger: true, run: remove },
  ].filter(Boolean);
  if (items.length) openMenu(where, "Message actions", items);
}
