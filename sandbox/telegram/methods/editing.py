"""What the bot does to messages that are already there: edits and deletions."""

from datetime import timedelta
from typing import Any

from sandbox.telegram.files import Upload
from sandbox.telegram.keyboards import check_place, checked_markup
from sandbox.telegram.methods.sending import document_content, photo_content, writable
from sandbox.telegram.refusals import bad_request, violation
from sandbox.telegram.state import Chat, Json, Message, World
from sandbox.telegram.texts import caption_content, text_content

_CAPTION = ("caption", "caption_entities", "show_caption_above_media")
_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
# https://core.telegram.org/bots/api#deletemessage
_DELETABLE = timedelta(hours=48)


def _edited(world: World, args: Json) -> Message:
    if inline_message_id := args.get("inline_message_id"):
        for message in world.messages():
            if message.inline_message_id == inline_message_id:
                return message
        raise bad_request("MESSAGE_ID_INVALID")
    if "chat_id" not in args:
        raise violation("chat_id is empty")
    if "message_id" not in args:
        raise violation("message identifier is not specified")
    chat = writable(world, args["chat_id"])
    found = chat.messages.get(args["message_id"])
    if found is None:
        raise bad_request("message to edit not found")
    if found.sender is not world.bot.user or "pinned_message" in found.content:
        raise bad_request("message can't be edited")
    return found


def _seen(content: Json) -> Json:
    """What of a message can differ: options of its preview do not where it has no link."""
    linked = any(entity["type"] in {"url", "text_link"} for entity in content.get("entities", []))
    return content if linked else {key: value for key, value in content.items() if key != "link_preview_options"}


def _edit(world: World, args: Json, message: Message, content: Json) -> Any:
    markup = checked_markup(args.get("reply_markup"), invoice="invoice" in message.content)
    check_place(markup, private=message.chat.user is not None)
    if _seen(content) == _seen(message.content) and markup == message.reply_markup:
        raise bad_request(_NOT_MODIFIED)
    world.limits.spend(message.chat.id)
    message.content = content
    message.reply_markup = markup
    message.edits += 1
    message.edit_date = world.clock()
    world.publish("edit", message.chat.id, message)
    return True if args.get("inline_message_id") else message.as_json()


async def edit_message_text(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#editmessagetext"""
    content = text_content(world, args)
    message = _edited(world, args)
    if "text" not in message.content:
        raise bad_request("there is no text in the message to edit")
    if preview := args.get("link_preview_options"):
        content["link_preview_options"] = preview
    return _edit(world, args, message, content)


async def edit_message_caption(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#editmessagecaption"""
    content = caption_content(world, args)
    message = _edited(world, args)
    if not {"photo", "document"} & set(message.content):
        raise bad_request("there is no caption in the message to edit")
    if args.get("show_caption_above_media"):
        content["show_caption_above_media"] = True
    kept = {key: value for key, value in message.content.items() if key not in _CAPTION}
    return _edit(world, args, message, kept | content)


async def edit_message_media(world: World, args: Json, uploads: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#editmessagemedia"""
    media = args["media"]
    make = photo_content if media["type"] == "photo" else document_content
    message = _edited(world, args)
    if not {"photo", "document", "text"} & set(message.content):
        raise bad_request("there is no media in the message to edit")
    return _edit(world, args, message, make(world, media, media["media"], uploads))


async def edit_message_reply_markup(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#editmessagereplymarkup"""
    message = _edited(world, args)
    return _edit(world, args, message, message.content)


def _deletable(world: World, chat: Chat, message: Message) -> None:
    if not chat.user and message.sender is not world.bot.user:
        raise bad_request("message can't be deleted")
    if world.clock() - message.date > _DELETABLE:
        raise bad_request("message can't be deleted for everyone")


def _delete(world: World, chat: Chat, message: Message) -> None:
    del chat.messages[message.message_id]
    if message.message_id in chat.pinned:
        chat.pinned.remove(message.message_id)
    world.publish("delete", chat.id, message)


async def delete_message(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#deletemessage"""
    chat = writable(world, args["chat_id"])
    message = chat.messages.get(args["message_id"])
    if message is None:
        raise bad_request("message to delete not found")
    _deletable(world, chat, message)
    _delete(world, chat, message)
    return True


async def delete_messages(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#deletemessages; those that are gone are skipped."""
    if not 1 <= len(args["message_ids"]) <= 100:
        raise violation("message identifiers are not specified" if not args["message_ids"] else "too many messages")
    chat = writable(world, args["chat_id"])
    found = [chat.messages[at] for at in dict.fromkeys(args["message_ids"]) if at in chat.messages]
    for message in found:
        _deletable(world, chat, message)
    for message in found:
        _delete(world, chat, message)
    return True


HANDLERS = {
    "editMessageText": edit_message_text,
    "editMessageCaption": edit_message_caption,
    "editMessageMedia": edit_message_media,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
}
