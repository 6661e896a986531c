"""What the page is told, as JSON: people, messages, buttons, calls and the panel, as a phone would show them."""

from typing import Any

from sandbox.panel import Call as PanelCall
from sandbox.panel import PanelFault, SandboxPanel
from sandbox.panel.account import plain
from sandbox.panel.control import orders_of
from sandbox.telegram import SandboxTelegram, TelegramFault
from sandbox.telegram.people import Person
from sandbox.telegram.state import Call, Chat, Json, Message, User, World

# What a button does, by the field that says so (Bot API, InlineKeyboardButton), and where its value stands.
_BUTTONS = {
    "callback_data": "callback",
    "url": "url",
    "switch_inline_query_current_chat": "inline_here",
    "switch_inline_query": "inline",
    "pay": "pay",
    "disabled": "disabled",
    "copy_text": "copy",
    "web_app": "web_app",
}
TELEGRAM_FAULTS = {
    "RETRY_AFTER": (TelegramFault.RETRY_AFTER, "a 429 that asks for a few seconds"),
    "SERVER_ERROR": (TelegramFault.SERVER_ERROR, "a 5xx in JSON, nothing done"),
    "PAGE": (TelegramFault.PAGE, "a proxy's page of HTML, nothing done"),
    "RESET": (TelegramFault.RESET, "the connection breaks before anything is done"),
    "LOST_REPLY": (TelegramFault.LOST_REPLY, "done, but the reply is lost"),
    "DELAY": (TelegramFault.DELAY, "done some seconds late"),
}
PANEL_ACTIONS = ["add", "status", "services", "balance", "refill", "cancel"]
_LONGEST_ANSWER = 300


def bot(world: World) -> Json:
    """Return who the phones talk to."""
    user = world.bot.user
    return {"id": user.id, "name": world.bot.names.get("") or user.first_name, "username": user.username}


def person(world: World, user: User, chat: Chat, role: str) -> Json:
    """Return a phone without its messages."""
    descriptions = world.bot.descriptions
    return {
        "id": user.id,
        "name": " ".join(filter(None, (user.first_name, user.last_name))),
        "username": user.username,
        "language": user.language_code or "en",
        "role": role,
        "started": chat.started,
        "blocked": chat.blocked,
        "description": descriptions.get(user.language_code or "") or descriptions.get("", ""),
        "commands": Person(world, user, chat).menu,
        "menu_button": chat.menu_button or world.bot.menu_button,
        "action": chat.action,
        "reply_keyboard": chat.reply_keyboard,
        "pinned": list(chat.pinned),  # as it is now: what was told is compared with it later
    }


def message(known: Message, user_id: int) -> Json:
    """Return a message as the person with this id sees it."""
    content = known.content
    shown: Json = {
        "id": known.message_id,
        "mine": known.sender.id == user_id and "refunded_payment" not in content,
        "date": int(known.date.timestamp()),
        "edited": int(known.edit_date.timestamp()) if known.edit_date else None,
        "silent": known.silent,
        "protected": known.protected,
        "kind": "text",
        "text": "" if "invoice" in content else known.text,
        "entities": content.get("entities") or content.get("caption_entities") or [],
        "reactions": [reaction["emoji"] for reaction in known.reactions],
        "rows": [[button(each) for each in row] for row in known.rows],
    }
    if known.via_bot:
        shown["via_bot"] = True
    if known.reply_to:
        mine = known.reply_to.sender.id == user_id
        shown["reply_to"] = {"id": known.reply_to.message_id, "text": known.reply_to.text, "mine": mine}
    if "forward_origin" in content:
        shown["forwarded_from"] = content["forward_origin"].get("sender_user", {}).get("first_name", "")
    for field, name in (
        ("effect_id", "effect"),
        ("show_caption_above_media", "caption_above"),
        ("has_media_spoiler", "has_spoiler"),
    ):
        if field in content:
            shown[name] = True
    return shown | _contents(content)


def _contents(content: Json) -> Json:
    """Return what is special about the kind of message."""
    if "photo" in content:
        photo = content["photo"][-1]
        size = {"width": photo["width"], "height": photo["height"]}
        return {"kind": "photo", "photo": {"file": photo["file_id"]} | size}
    if "document" in content:
        document = content["document"]
        facts = {"name": document["file_name"], "size": document["file_size"], "mime": document["mime_type"]}
        return {"kind": "document", "document": {"file": document["file_id"]} | facts}
    if "sticker" in content:
        return {"kind": "sticker", "sticker": {"emoji": content["sticker"]["emoji"]}}
    if "invoice" in content:
        return {"kind": "invoice", "invoice": bill(content["invoice"])}
    if "successful_payment" in content:
        return {"kind": "paid", "paid": {"stars": content["successful_payment"]["total_amount"]}}
    if "refunded_payment" in content:
        return {"kind": "refunded", "refunded": {"stars": content["refunded_payment"]["total_amount"]}}
    if "pinned_message" in content:
        pinned = content["pinned_message"]
        words = pinned.get("text") or pinned.get("caption", "")
        return {"kind": "pinned", "pinned": {"id": pinned["message_id"], "text": words}}
    return {}


def bill(invoice: Json) -> Json:
    """Return what the payment sheet shows of an invoice."""
    return {"title": invoice["title"], "description": invoice["description"], "stars": invoice["total_amount"]}


def button(known: Json) -> Json:
    """Return an inline button: its label, its style, what it does and with what."""
    shown = {"text": known["text"]} | ({"style": known["style"]} if "style" in known else {})
    field = next((field for field in _BUTTONS if field in known), "disabled")
    value = known.get(field)
    if isinstance(value, dict):
        value = value.get("text") or value.get("url")
    return shown | {"kind": _BUTTONS[field]} | ({"value": value} if isinstance(value, str) else {})


def telegram_call(call: Call) -> Json:
    """Return one call of the bot."""
    chat = call.params.get("chat_id")
    return {
        "side": "telegram",
        "at": call.at.timestamp(),
        "name": call.method,
        "chat": chat if isinstance(chat, int) else None,
        "params": call.params,
        "error": call.error,
        "fault": None,
        "answer": "" if call.error else _short(call.result),
    }


def panel_call(call: PanelCall, at: float) -> Json:
    """Return one call of the panel, seen `at` (seconds since 1970)."""
    refused = call.answered.partition(" ")[2].startswith('{"error"')
    return {
        "side": "panel",
        "at": at,
        "name": call.action,
        "chat": None,
        "params": call.fields,
        "error": call.answered if refused or call.fault else None,
        "fault": call.fault.name if call.fault else None,
        "answer": _short(call.answered),
    }


def _short(answer: Any) -> str:
    text = answer if isinstance(answer, str) else repr(answer)
    return text if len(text) <= _LONGEST_ANSWER else text[:_LONGEST_ANSWER] + "…"


def panel(known: SandboxPanel) -> Json:
    """Return the panel with its orders and how it can be broken."""
    names = {str(row["service"]): row["name"] for row in known.services}
    return {
        "balance": plain(known.balance),
        "currency": known.currency,
        "pace": known.pace,
        "faults": known.faults.listed(),
        "fault_kinds": [{"name": kind.name, "means": kind.value} for kind in PanelFault],
        "actions": PANEL_ACTIONS,
        "orders": [order | {"name": names.get(str(order["service"]), "")} for order in orders_of(known)],
    }


def telegram(known: SandboxTelegram) -> Json:
    """Return how Telegram misbehaves and can be made to."""
    return {
        "rate_limits": known.rate_limits,
        "faults": known.faults_to_come(),
        "fault_kinds": [{"name": name, "means": means} for name, (_, means) in TELEGRAM_FAULTS.items()],
    }
