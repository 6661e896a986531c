"""Messages from the bot: text, photos, documents, and the sign that it is busy."""

from typing import Any

from sandbox.telegram.entities import parse_html, utf16_length
from sandbox.telegram.files import Upload
from sandbox.telegram.keyboards import check_place, checked_markup
from sandbox.telegram.refusals import Refusal, bad_request, violation
from sandbox.telegram.state import Chat, Json, Message, World
from sandbox.telegram.texts import caption_content, text_content

_ACTIONS = {
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
    "upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note",
}  # fmt: skip
# The effects that need no Premium, as clients list them: 🔥 👍 👎 ❤️ 🎉 💩.
_EFFECTS = {
    "5104841245755180586", "5107584321108051014", "5104858069142078462", "5159385139981059251",
    "5046509860389126442", "5046589136895476101",
}  # fmt: skip


def writable(world: World, chat_id: int | str) -> Chat:
    """The chat a message goes to; refuses unknown, blocked and never started ones."""
    known = world.chats.get(chat_id) if isinstance(chat_id, int) else None
    if known and known.user and not known.started:
        user_id = known.user.id
        if any(user_id in chat.members for chat in world.chats.values()):
            raise Refusal("Forbidden: bot can't initiate conversation with a user", 403)
    chat = world.chat(chat_id)
    if chat.blocked:
        text = "bot was blocked by the user" if chat.user else "bot was kicked from the supergroup chat"
        raise Refusal(f"Forbidden: {text}", 403)
    return chat


def send(world: World, args: Json, content: Json, invoice: bool = False) -> Json:
    """Put what the bot sends into the chat, with the options that all kinds of messages share."""
    markup = checked_markup(args.get("reply_markup"), invoice)
    chat = writable(world, args["chat_id"])
    check_place(markup, private=chat.user is not None)
    replied = _replied(chat, args.get("reply_parameters"))
    if replied and (quote := _quote(replied, args["reply_parameters"])):
        content = content | {"quote": quote}
    world.limits.spend(chat.id)
    if effect := args.get("message_effect_id"):
        if effect not in _EFFECTS or not chat.user:
            raise violation("EFFECT_ID_INVALID")
        content = content | {"effect_id": effect}
    inline = markup if markup and "inline_keyboard" in markup else None
    message = world.post(
        chat,
        world.bot.user,
        content,
        reply_markup=inline,
        silent=args.get("disable_notification", False),
        protected=args.get("protect_content", False),
        reply_to=replied,
    )
    if markup and not inline:
        chat.reply_keyboard = None if "remove_keyboard" in markup else markup
        world.publish("reply_keyboard", chat.id)
    return message.as_json()


def _replied(chat: Chat, parameters: Json | None) -> Message | None:
    if parameters is None:
        return None
    if "message_id" not in parameters:
        raise violation('can\'t find field "message_id"')
    if parameters.get("chat_id", chat.id) != chat.id:
        raise violation("replies from another chat are not known here")
    message = chat.messages.get(parameters["message_id"])
    if message is None and not parameters.get("allow_sending_without_reply"):
        raise bad_request("message to be replied not found")
    return message


def _quote(message: Message, parameters: Json) -> Json | None:
    quote: str = parameters.get("quote", "")
    mode = parameters.get("quote_parse_mode", "").lower()
    if mode not in {"", "html"}:
        raise violation("unsupported parse_mode")
    words = parse_html(quote)[0] if mode else quote
    if words not in message.text:
        raise bad_request("QUOTE_TEXT_INVALID")
    at = utf16_length(message.text[: message.text.index(words)])
    return {"text": words, "position": at, "is_manual": True} if words else None


async def send_message(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#sendmessage"""
    content = text_content(world, args)
    if preview := args.get("link_preview_options"):
        content["link_preview_options"] = preview
    return send(world, args, content)


def photo_content(world: World, args: Json, photo: str, uploads: dict[str, Upload]) -> Json:
    """The fields of a message that is a photo."""
    content = caption_content(world, args) | {"photo": world.files.to_send("photo", photo, uploads).as_json()}
    if args.get("show_caption_above_media"):
        content["show_caption_above_media"] = True
    if args.get("has_spoiler"):
        content["has_media_spoiler"] = True
    return content


def document_content(world: World, args: Json, document: str, uploads: dict[str, Upload]) -> Json:
    """The fields of a message that is a file."""
    stored = world.files.to_send("document", document, uploads)
    return caption_content(world, args) | {"document": stored.as_json()}


async def send_photo(world: World, args: Json, uploads: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#sendphoto"""
    return send(world, args, photo_content(world, args, args["photo"], uploads))


async def send_document(world: World, args: Json, uploads: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#senddocument"""
    return send(world, args, document_content(world, args, args["document"], uploads))


async def send_chat_action(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#sendchataction"""
    if args["action"] not in _ACTIONS:
        raise violation("wrong parameter action in request")
    chat = writable(world, args["chat_id"])
    chat.action = args["action"]
    world.publish("action", chat.id, chat.action)
    return True


HANDLERS = {
    "sendMessage": send_message,
    "sendPhoto": send_photo,
    "sendDocument": send_document,
    "sendChatAction": send_chat_action,
}
