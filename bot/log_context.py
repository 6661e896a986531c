"""Every log line says which update, chat and order it is about, whoever writes it."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import Chat, TelegramObject, Update
from structlog.contextvars import bind_contextvars, clear_contextvars

from keyboards.callbacks import OnCase, OnOrder

Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]


class UpdateContext(BaseMiddleware):
    """Binds the update and its chat until the next one: what goes wrong is logged after the update's handler."""

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Handle one update."""
        clear_contextvars()
        if isinstance(event, Update):
            bind_contextvars(update_id=event.update_id)
        chat: Chat | None = data.get("event_chat")
        if chat is not None:
            bind_contextvars(chat_id=chat.id)
        return await handler(event, data)


class OrderContext(BaseMiddleware):
    """Binds the order that a button is about."""

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Handle one tap."""
        button = data.get("callback_data")
        if isinstance(button, (OnCase, OnOrder)):
            bind_contextvars(order=button.id)
        return await handler(event, data)
