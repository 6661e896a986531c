"""A small aiogram bot and the tools around it, for the tests of the sandbox Telegram."""

import asyncio
import json
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from aiogram import Bot, Dispatcher, F
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import (
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
)

from sandbox.telegram import SandboxTelegram

Call = Callable[..., Awaitable[dict[str, Any]]]
Call = Callable[..., Awaitable[dict[str, Any]]]
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 320, 200) + b"\x08\x06\0\0\0"


class Clock:
    """A time that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def keyboard(*labels: str) -> InlineKeyboardMarkup:
    row = [InlineKeyboardButton(text=label, callback_data=f"tap:{label}") for label in labels]
    return InlineKeyboardMarkup(inline_keyboard=[row])


@asynccontextmanager
async def bot_of(telegram: SandboxTelegram) -> AsyncIterator[Bot]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(telegram.url))
    bot = Bot(telegram.token, session=session, default=DefaultBotProperties(parse_mode="HTML"))
    try:
        yield bot
    finally:
        await session.close()


@asynccontextmanager
async def polling(dispatcher: Dispatcher, bot: Bot) -> AsyncIterator[None]:
    task = asyncio.create_task(
        dispatcher.start_polling(bot, handle_signals=False, close_bot_session=False, polling_timeout=1)
    )
    try:
        yield
    finally:
        await dispatcher.stop_polling()
        await task


def shop() -> Dispatcher:
    dispatcher = Dispatcher()

    @dispatcher.message(F.text)
    async def on_text(message: Message) -> None:
        await message.answer(f"You wrote <b>{message.text}</b>", reply_markup=keyboard("Catalogue", "Wallet"))

    @dispatcher.message(F.document)
    async def on_document(message: Message, bot: Bot) -> None:
        assert message.document
        content = await bot.download(message.document)
        assert content
        await message.answer(f"{len(content.read())} bytes in {message.document.file_name}")

    @dispatcher.callback_query()
    async def on_tap(query: CallbackQuery) -> None:
        if isinstance(query.message, Message):
            await query.message.edit_text(f"Here is {query.data}", reply_markup=keyboard("Back"))
        await query.answer("done", show_alert=query.data == "tap:Wallet")

    return dispatcher


async def upload(telegram: SandboxTelegram, method: str, data: bytes, field: str, **params: Any) -> dict[str, Any]:
    form = aiohttp.FormData()
    form.add_field(field, data, filename="report.txt", content_type="text/plain")
    for name, value in params.items():
        form.add_field(name, value if isinstance(value, str) else json.dumps(value))
    url = f"{telegram.url}/bot{telegram.token}/{method}"
    async with aiohttp.ClientSession() as client, client.post(url, data=form) as reply:
        body: dict[str, Any] = await reply.json()
        return body
