"""How the bot presents itself."""

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    TelegramBadRequest,
)
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    MenuButtonCommands,
)

from sandbox.telegram import Person, SandboxTelegram


async def test_commands_by_scope_and_language(telegram: SandboxTelegram, bot: Bot, anna: Person) -> None:
    owner = telegram.person(5, first_name="Owner")
    await owner.send("/start")
    await bot.set_my_commands([BotCommand(command="start", description="Begin")])
    assert anna.commands == ["start"]
    private = BotCommandScopeAllPrivateChats()
    await bot.set_my_commands([BotCommand(command="wallet", description="Konto")], private, language_code="de")
    await bot.set_my_commands([BotCommand(command="admin", description="All")], BotCommandScopeChat(chat_id=5))
    assert (anna.commands, owner.commands) == (["wallet"], ["admin"])
    assert [command.command for command in await bot.get_my_commands(private, "de")] == ["wallet"]
    await bot.delete_my_commands(private, "de")
    assert anna.commands == ["start"]
    for wrong, text in [
        ({"commands": [BotCommand(command="Über", description="x")]}, "BOT_COMMAND_INVALID"),
        ({"commands": [BotCommand(command="a", description="x" * 257)]}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ({"commands": [BotCommand(command="a", description="x")] * 101}, "BOT_COMMANDS_TOO_MUCH"),
        ({"commands": [], "language_code": "deu"}, "invalid language code specified"),
        ({"commands": [], "scope": BotCommandScopeChat(chat_id=404)}, "chat not found"),
    ]:
        with pytest.raises(TelegramBadRequest, match=text):
            await bot.set_my_commands(**wrong)


async def test_what_the_bot_says_about_itself(telegram: SandboxTelegram, bot: Bot, anna: Person) -> None:
    me = await bot.get_me()
    assert (me.is_bot, me.username, me.supports_inline_queries) == (True, "sandbox_bot", True)
    await bot.set_my_name("Shop")
    await bot.set_my_name("Laden", language_code="de")
    assert ((await bot.get_my_name("de")).name, (await bot.get_my_name("fr")).name) == ("Laden", "Shop")
    await bot.set_my_description("Long")
    await bot.set_my_short_description("Short")
    assert (await bot.get_my_description("de")).description == "Long"
    assert (await bot.get_my_short_description()).short_description == "Short"
    await bot.set_chat_menu_button(1001, MenuButtonCommands())
    assert (await bot.get_chat_menu_button(1001)).type == "commands"
    with pytest.raises(TelegramBadRequest, match="short_description is too long"):
        await bot.set_my_short_description("x" * 121)
    chat = await bot.get_chat(1001)
    assert (chat.type, chat.first_name, chat.username) == ("private", "Anna", "anna")
    assert (await bot.get_chat_member(1001, 1001)).status == "member"
    assert await bot.log_out()
    with pytest.raises(TelegramBadRequest, match="Logged out"):
        await bot.get_me()
