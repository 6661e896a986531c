"""Facts about chats and files, pinned messages and reactions."""

from typing import Any

from sandbox.telegram.files import Upload
from sandbox.telegram.methods.sending import writable
from sandbox.telegram.refusals import bad_request, violation
from sandbox.telegram.state import Chat, Json, User, World

# https://core.telegram.org/bots/api#reactiontypeemoji
_REACTIONS = {
    "❤", "👍", "👎", "🔥", "🥰", "👏", "😁", "🤔", "🤯", "😱", "🤬", "😢", "🎉",
    "🤩", "🤮", "💩", "🙏", "👌", "🕊", "🤡", "🥱", "🥴", "😍", "🐳", "❤‍🔥", "🌚",
    "🌭", "💯", "🤣", "⚡", "🍌", "🏆", "💔", "🤨", "😐", "🍓", "🍾", "💋", "🖕",
    "😈", "😴", "😭", "🤓", "👻", "👨‍💻", "👀", "🎃", "🙈", "😇", "😨", "🤝", "✍",
    "🤗", "🫡", "🎅", "🎄", "☃", "💅", "🤪", "🗿", "🆒", "💘", "🙉", "🦄", "😘",
    "💊", "🙊", "😎", "👾", "🤷‍♂", "🤷", "🤷‍♀", "😡",
}  # fmt: skip
_GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")


def member(user: User, status: str) -> Json:
    """A `ChatMember` of the Bot API: `member` or `kicked`."""
    known: Json = {"status": status, "user": user.as_json()}
    return known | {"until_date": 0} if status == "kicked" else known


async def get_chat(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#getchat"""
    chat = world.chat(args["chat_id"])
    facts: Json = {
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(_GIFTS, False),
    }
    if pinned := [chat.messages[at] for at in chat.pinned]:
        facts["pinned_message"] = pinned[-1].as_json()
    return chat.as_json() | facts


async def get_chat_member(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#getchatmember"""
    chat = world.chat(args["chat_id"])
    everyone = {world.bot.user.id: world.bot.user} | chat.members
    if chat.user:
        everyone[chat.user.id] = chat.user
    if args["user_id"] not in everyone:
        raise bad_request("member not found")
    user = everyone[args["user_id"]]
    return member(user, "kicked" if chat.blocked and user.is_bot else "member")


async def get_file(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#getfile"""
    stored = world.files.to_download(args["file_id"])
    return {
        "file_id": stored.file_id,
        "file_unique_id": f"u{stored.file_id}",
        "file_size": len(stored.data),
        "file_path": stored.path,
    }


async def set_message_reaction(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#setmessagereaction; a bot has one reaction a message."""
    reactions = args.get("reaction", [])
    if len(reactions) > 1:
        raise violation("REACTIONS_TOO_MANY")
    if any(reaction["emoji"] not in _REACTIONS for reaction in reactions):
        raise violation("REACTION_INVALID")
    chat = writable(world, args["chat_id"])
    message = chat.messages.get(args["message_id"])
    if message is None:
        raise bad_request("message to react not found")
    message.reactions = reactions
    world.publish("edit", chat.id, message)
    return True


def _pinnable(world: World, args: Json) -> Chat:
    """The chat, as far as the bot may pin in it: it is no administrator of any group here."""
    chat = writable(world, args["chat_id"])
    if not chat.user:
        raise bad_request("not enough rights to manage pinned messages in the chat")
    return chat


async def pin_chat_message(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#pinchatmessage"""
    chat = _pinnable(world, args)
    message = chat.messages.get(args["message_id"])
    if message is None:
        raise bad_request("message to pin not found")
    _unpin(chat, message.message_id)
    chat.pinned.append(message.message_id)
    silent = args.get("disable_notification", False)
    world.post(chat, world.bot.user, {"pinned_message": message.as_json()}, silent=silent)
    return True


def _unpin(chat: Chat, message_id: int) -> bool:
    if message_id not in chat.pinned:
        return False
    chat.pinned.remove(message_id)
    return True


async def unpin_chat_message(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#unpinchatmessage; the newest pinned one unless named."""
    chat = _pinnable(world, args)
    if not _unpin(chat, args.get("message_id", chat.pinned[-1] if chat.pinned else 0)):
        raise bad_request("message to unpin not found")
    world.publish("pins", chat.id)
    return True


async def unpin_all_chat_messages(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#unpinallchatmessages"""
    chat = _pinnable(world, args)
    chat.pinned.clear()
    world.publish("pins", chat.id)
    return True


HANDLERS = {
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "getFile": get_file,
    "setMessageReaction": set_message_reaction,
    "pinChatMessage": pin_chat_message,
    "unpinChatMessage": unpin_chat_message,
    "unpinAllChatMessages": unpin_all_chat_messages,
}
