"""The list of commands that Telegram shows beside the input field, by language, and the owners' own."""

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import BotCommand, BotCommandScopeAllPrivateChats, BotCommandScopeChat

from texts import Speech, languages, speak

log = structlog.get_logger(__name__)

FOR_CUSTOMERS = ("start", "catalog", "orders", "wallet", "settings", "help", "terms", "paysupport")
FOR_OWNERS = (*FOR_CUSTOMERS, "admin", "credit", "hold", "statement")


async def register_commands(bot: Bot, owners: tuple[int, ...]) -> None:
    """Tell Telegram the commands in every language; an owner who never wrote to the bot is left for the next start."""
    for number, language in enumerate(languages()):
        code = None if number == 0 else language.split("_")[0]
        say = speak((language,), "USD")
        await bot.set_my_commands(
            _commands(say, FOR_CUSTOMERS), scope=BotCommandScopeAllPrivateChats(), language_code=code
        )
        for owner in owners:
            try:
                await bot.set_my_commands(
                    _commands(say, FOR_OWNERS), scope=BotCommandScopeChat(chat_id=owner), language_code=code
                )
            except TelegramBadRequest as error:
                log.info("commands.owner_unknown", owner=owner, error=error.message)


def _commands(say: Speech, names: tuple[str, ...]) -> list[BotCommand]:
    return [BotCommand(command=name, description=say.label(f"command-{name}")) for name in names]
