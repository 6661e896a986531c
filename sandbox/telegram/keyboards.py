"""Reply markups as Telegram takes them: the rules of inline buttons, and what is left of them in a message.

https://core.telegram.org/bots/api#inlinekeyboardbutton; the texts are those of the live server.
"""

from typing import Any

from sandbox.telegram.entities import utf16_length
from sandbox.telegram.links import link_fault
from sandbox.telegram.refusals import violation

Json = dict[str, Any]

_ACTIONS = (
    "url", "callback_data", "web_app", "switch_inline_query", "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat", "copy_text", "pay", "disabled",
)  # fmt: skip
_STYLES = {"primary", "success", "danger"}
# Not documented: where clients begin to squeeze labels to nothing.
_BUTTONS_A_ROW = 8
_BUTTONS = 100


def checked_markup(markup: Json | None, invoice: bool = False) -> Json | None:
    """An inline keyboard once every button is in order, without empty rows; other markups as they are."""
    if not markup or "inline_keyboard" not in markup:
        if markup and "keyboard" in markup:
            _check_reply_keyboard(markup)
        return markup
    rows = [row for row in markup["inline_keyboard"] if row]
    if sum(len(row) for row in rows) > _BUTTONS or any(len(row) > _BUTTONS_A_ROW for row in rows):
        raise violation("reply markup is too long")
    for at, button in enumerate(button for row in rows for button in row):
        _check_button(button, pay_allowed=invoice and at == 0)
    if invoice and rows and not rows[0][0].get("pay"):
        raise violation("REPLY_MARKUP_BUY_EMPTY")
    return {"inline_keyboard": rows} if rows else None


def check_place(markup: Json | None, private: bool) -> None:
    """Refuse buttons that exist in private chats only; https://core.telegram.org/bots/api#inlinekeyboardbutton"""
    rows = (markup or {}).get("inline_keyboard", [])
    if not private and any("web_app" in button for row in rows for button in row):
        raise violation("BUTTON_TYPE_INVALID")


def _check_reply_keyboard(markup: Json) -> None:
    for row in markup["keyboard"]:
        for button in row:
            if not button["text"].strip():
                raise violation("keyboard button text must be non-empty")


def _check_button(button: Json, pay_allowed: bool) -> None:
    if not button["text"].strip():
        raise violation("inline keyboard button text must be non-empty")
    if "style" in button and button["style"] not in _STYLES:
        raise violation(f'inline keyboard button style "{button["style"]}" is invalid')
    actions = [key for key in _ACTIONS if key in button and button[key] is not False]
    if not actions or button.get("callback_data") == "" or button.get("url") == "":
        raise violation("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise violation(f"can't parse inline keyboard button: more than one action ({', '.join(actions)})")
    if len(button.get("callback_data", "").encode()) > 64:
        raise violation("BUTTON_DATA_INVALID")
    if "copy_text" in button and not 1 <= utf16_length(button["copy_text"]["text"]) <= 256:
        raise violation("BUTTON_COPY_TEXT_INVALID")
    if "url" in button and (fault := link_fault(button["url"])):
        raise violation(f"inline keyboard button URL '{button['url']}' is invalid: {fault}")
    if "web_app" in button and not button["web_app"]["url"].startswith("https://"):
        url = button["web_app"]["url"]
        raise violation(f"inline keyboard button Web App URL '{url}' is invalid: Only HTTPS links are allowed")
    if "pay" in button and not pay_allowed:
        raise violation("BUTTON_TYPE_INVALID")
