"""What every update goes through: who it is from, in which language, and that a tap is always answered."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware
from aiogram.filters.callback_data import CallbackData
from aiogram.fsm.context import FSMContext
from aiogram.types import Chat, TelegramObject, Update, User

from db.engine import Database
from db.tables import Customer, utc_now
from handlers.screen import Tap
from keyboards.callbacks import (
    Open,
    OpenCatalogue,
    OpenCategory,
    OpenOrders,
    OpenPlatform,
    OpenService,
    OpenStatement,
    OpenTopUp,
    Set,
)
from shop import customers
from shop.catalogue import CatalogueMemory
from shop.customers import Person
from texts import speak

Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]

INVITED = re.compile(r"/start(?:@\w+)? r(\d{1,16})")  # the first message of somebody who came by a customer's link

# Screens one goes to from anywhere: whoever goes there has left the order they were putting together.
ELSEWHERE: tuple[type[CallbackData], ...] = (
    Open,
    OpenCatalogue,
    OpenPlatform,
    OpenCategory,
    OpenService,
    OpenOrders,
    OpenStatement,
    OpenTopUp,
    Set,
)


class Visit(BaseMiddleware):
    """Handlers get `customer`, `say` and `tap`; what is not a private chat of a person's never reaches them."""

    def __init__(self, db: Database, catalogue: CatalogueMemory) -> None:
        """`catalogue` tells the currency the shop speaks of."""
        self._db = db
        self._catalogue = catalogue

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Handle one update."""
        if not isinstance(event, Update):
            return await handler(event, data)
        user: User | None = data.get("event_from_user")
        chat: Chat | None = data.get("event_chat")
        if user is None or user.is_bot:
            return None
        callback = event.callback_query
        tap = data["tap"] = Tap(callback) if callback else None
        if event.pre_checkout_query is not None:
            # Telegram waits 10 seconds for the answer: nothing is looked up on the way to it.
            data["say"] = speak((user.language_code,), self._catalogue.currency)
            return await handler(event, data)
        if chat is None or chat.type != "private":
            if tap is not None:
                say = speak((user.language_code,), self._catalogue.currency)
                await tap.answer(say.label("private-only"), alert=True)
            return None
        # Known to the error handler even while the database is away.
        data["say"] = speak((user.language_code,), self._catalogue.currency)
        if event.my_chat_member is not None:
            return await handler(event, data)
        customer = data["customer"] = await self._customer(user, event)
        data["say"] = speak((customer.language, customer.telegram_language), self._catalogue.currency)
        await self._leave(event, data)
        result = await handler(event, data)
        if tap is not None:
            await tap.answer()  # a failure is answered by `handlers.errors`, which says what it was
        return result

    async def _customer(self, user: User, event: Update) -> Customer:
        person = Person(user.id, user.full_name, user.username, user.language_code)
        async with self._db.read() as session:
            customer = await customers.find(session, person.id)
        if customer is not None and customers.is_current(customer, person, utc_now()):
            return customer
        invited = INVITED.fullmatch((event.message.text or "") if event.message else "")
        inviter_id = int(invited.group(1)) if invited else None
        async with self._db.begin() as session:
            return await customers.welcome(session, person, inviter_id=inviter_id)

    async def _leave(self, event: Update, data: dict[str, Any]) -> None:
        """Leave the order being put together when the customer goes elsewhere: by a command or a menu's button."""
        if data.get("raw_state") is None:
            return
        text = (event.message.text or "") if event.message else ""
        callback = event.callback_query
        goes = callback is not None and any(
            (callback.data or "").split(kind.__separator__, 1)[0] == kind.__prefix__ for kind in ELSEWHERE
        )
        if text.startswith("/") or goes:
            state: FSMContext = data["state"]
            await state.set_state(None)
            data["raw_state"] = None
