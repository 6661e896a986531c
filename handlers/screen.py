"""One screen a chat: a menu edits the message it stands in; an answer to typed words takes the old menu's place."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, LinkPreviewOptions, Message

SCREEN = "screen"  # in the conversation's data: the message that is the menu now
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


@dataclass(frozen=True, slots=True)
class Screen:
    """A text (Telegram HTML) with its buttons; beside a picture or a document it is the caption, 1024 units at most."""

    text: str
    keyboard: InlineKeyboardMarkup | None = None
    photo: str | None = None  # Telegram's file id
    document: str | None = None


class Tap:
    """The tap being handled; it is answered once, and by the middleware if nobody else did."""

    def __init__(self, callback: CallbackQuery) -> None:
        """Wrap the callback of this update."""
        self.callback = callback
        self.answered = False

    async def answer(self, text: str | None = None, *, alert: bool = False) -> None:
        """Answer the tap: silently, with a toast, or with an `alert` the customer has to close."""
        if self.answered:
            return
        self.answered = True
        # A query that is too old has nobody left to answer. 200 characters: Bot API, answerCallbackQuery.
        with suppress(TelegramBadRequest):
            await self.callback.answer(text[:200] if text else None, show_alert=alert)


async def show(
    event: Message | CallbackQuery,
    screen: Screen,
    state: FSMContext,
    tap: Tap | None = None,
    *,
    fresh: bool = False,
) -> int:
    """Show a screen where the customer looks now, answer the tap, and return the message it stands in.

    After a tap, the tapped message becomes the screen; one that cannot be edited (deleted, or holding a picture) is
    replaced, one that is to be kept (`fresh`) stays as it is. After a message of the customer's, the screen stands
    below it and the one before goes away.
    """
    if isinstance(event, CallbackQuery) and fresh and isinstance(event.message, Message):
        _, message_id = await asyncio.gather(
            tap.answer() if tap else _nothing(), show_below(event.message, screen, state)
        )
        return message_id
    if isinstance(event, CallbackQuery):
        _, message_id = await asyncio.gather(tap.answer() if tap else _nothing(), _edit_or_send(event, screen, state))
        return message_id
    return await show_below(event, screen, state)


async def redraw(callback: CallbackQuery, screen: Screen, tap: Tap) -> None:
    """Answer the tap and edit the tapped message, which is no menu: one that is gone or unchanged is left."""
    await tap.answer()
    if isinstance(callback.message, Message) and callback.bot is not None:
        with suppress(TelegramBadRequest):
            await edit(callback.bot, callback.message.chat.id, callback.message.message_id, screen)


async def send(bot: Bot, chat_id: int, screen: Screen, *, silent: bool = False, timeout: int | None = None) -> Message:
    """Send a screen as a message of its own, with its picture or document; `timeout` is in seconds.

    A file that Telegram does not know any more is left out, so that the words arrive.
    """
    shared: dict[str, Any] = {
        "reply_markup": screen.keyboard,
        "disable_notification": silent or None,
        "request_timeout": timeout,
    }
    try:
        if screen.photo is not None:
            return await bot.send_photo(chat_id, screen.photo, caption=screen.text, **shared)
        if screen.document is not None:
            return await bot.send_document(chat_id, screen.document, caption=screen.text, **shared)
    except TelegramBadRequest as error:
        if "file" not in error.message:
            raise
    return await bot.send_message(chat_id, screen.text, link_preview_options=NO_PREVIEW, **shared)


async def edit(bot: Bot, chat_id: int, message_id: int, screen: Screen, *, timeout: int | None = None) -> None:
    """Edit a message that `send` sent; its picture or document stays. Raises TelegramBadRequest."""
    shared: dict[str, Any] = {
        "chat_id": chat_id,
        "message_id": message_id,
        "reply_markup": screen.keyboard,
        "request_timeout": timeout,
    }
    if screen.photo is not None or screen.document is not None:
        await bot.edit_message_caption(caption=screen.text, **shared)
    else:
        await bot.edit_message_text(screen.text, link_preview_options=NO_PREVIEW, **shared)


async def show_below(message: Message, screen: Screen, state: FSMContext) -> int:
    """Send a screen as the newest message of the chat and take the one before away; return its message's id."""
    sent = await message.answer(screen.text, reply_markup=screen.keyboard, link_preview_options=NO_PREVIEW)
    before = (await state.get_data()).get(SCREEN)
    await state.update_data({SCREEN: sent.message_id})
    if before is not None and message.bot is not None:
        await remove(message.bot, message.chat.id, before)
    return sent.message_id


async def remove(bot: Bot, chat_id: int, message_id: int) -> None:
    """Delete a message that served its time; one that is gone or too old to delete is left."""
    with suppress(TelegramBadRequest, TelegramForbiddenError):
        await bot.delete_message(chat_id, message_id)


async def _edit_or_send(callback: CallbackQuery, screen: Screen, state: FSMContext) -> int:
    message = callback.message
    if isinstance(message, Message):
        try:
            await message.edit_text(screen.text, reply_markup=screen.keyboard, link_preview_options=NO_PREVIEW)
        except TelegramBadRequest as error:
            if "message is not modified" in error.message:
                return message.message_id
        else:
            return message.message_id
    assert callback.bot is not None  # noqa: S101 - set on every update the dispatcher feeds
    sent = await callback.bot.send_message(
        callback.from_user.id,
        screen.text,
        reply_markup=screen.keyboard,
        link_preview_options=NO_PREVIEW,
    )
    await state.update_data({SCREEN: sent.message_id})
    if message is not None:
        await remove(callback.bot, message.chat.id, message.message_id)
    return sent.message_id


async def _nothing() -> None:
    return None
