"""How the bot presents itself: its names, commands by scope and language, and the menu button."""

import re
from typing import Any

from sandbox.telegram.files import Upload
from sandbox.telegram.refusals import violation
from sandbox.telegram.state import Json, World

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")


async def get_me(world: World, _: Json, __: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#getme"""
    abilities = {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": True,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }
    return world.bot.user.as_json() | abilities


def _language(args: Json) -> str:
    code: str = args.get("language_code", "")
    if code and not re.fullmatch(r"[a-z]{2}", code):
        raise violation("invalid language code specified")
    return code


def scope_key(scope: Json) -> str:
    """One scope of commands as a key: its type, and the ids that narrow it."""
    return ":".join(str(scope[key]) for key in ("type", "chat_id", "user_id") if key in scope)


def _scope(world: World, args: Json) -> str:
    scope = args.get("scope", {"type": "default"})
    if "chat_id" in scope and world.chat(scope["chat_id"]).user and scope["type"] != "chat":
        raise violation("can't use specified scope in private chats")
    return scope_key(scope)


async def set_my_commands(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#setmycommands"""
    commands = args["commands"]
    if len(commands) > 100:
        raise violation("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not _COMMAND.fullmatch(command["command"].removeprefix("/")):
            raise violation("BOT_COMMAND_INVALID")
        if not 1 <= len(command["description"]) <= 256:
            raise violation("BOT_COMMAND_DESCRIPTION_INVALID")
    cleaned = [command | {"command": command["command"].removeprefix("/")} for command in commands]
    world.bot.commands[_scope(world, args), _language(args)] = cleaned
    world.publish("commands")
    return True


async def get_my_commands(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#getmycommands"""
    return world.bot.commands.get((_scope(world, args), _language(args)), [])


async def delete_my_commands(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#deletemycommands"""
    world.bot.commands.pop((_scope(world, args), _language(args)), None)
    world.publish("commands")
    return True


def _set_words(args: Json, words: dict[str, str], field: str, limit: int) -> bool:
    if len(args.get(field, "")) > limit:
        raise violation(f"{field} is too long")
    words[_language(args)] = args.get(field, "")
    return True


def _words(args: Json, words: dict[str, str], default: str = "") -> str:
    return words.get(_language(args)) or words.get("") or default


async def set_my_name(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#setmyname"""
    return _set_words(args, world.bot.names, "name", 64)


async def get_my_name(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#getmyname"""
    return {"name": _words(args, world.bot.names, world.bot.user.first_name)}


async def set_my_description(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#setmydescription"""
    return _set_words(args, world.bot.descriptions, "description", 512)


async def get_my_description(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#getmydescription"""
    return {"description": _words(args, world.bot.descriptions)}


async def set_my_short_description(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#setmyshortdescription"""
    return _set_words(args, world.bot.short_descriptions, "short_description", 120)


async def get_my_short_description(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#getmyshortdescription"""
    return {"short_description": _words(args, world.bot.short_descriptions)}


async def set_chat_menu_button(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#setchatmenubutton"""
    button = args.get("menu_button", {"type": "default"})
    if button["type"] == "web_app" and not button["web_app"]["url"].startswith("https://"):
        raise violation("menu button Web App URL is invalid: Only HTTPS links are allowed")
    if "chat_id" in args:
        chat = world.chat(args["chat_id"])
        if not chat.user:
            raise violation("chat not found")
        chat.menu_button = None if button["type"] == "default" else button
        world.publish("menu_button", chat.id)
    else:
        world.bot.menu_button = button
        world.publish("menu_button")
    return True


async def get_chat_menu_button(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#getchatmenubutton"""
    chat = world.chat(args["chat_id"]) if "chat_id" in args else None
    return chat.menu_button if chat and chat.menu_button else world.bot.menu_button


HANDLERS = {
    "getMe": get_me,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "setMyName": set_my_name,
    "getMyName": get_my_name,
    "setMyDescription": set_my_description,
    "getMyDescription": get_my_description,
    "setMyShortDescription": set_my_short_description,
    "getMyShortDescription": get_my_short_description,
    "setChatMenuButton": set_chat_menu_button,
    "getChatMenuButton": get_chat_menu_button,
}
