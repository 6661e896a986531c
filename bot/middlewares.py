"""What every update goes through: its turn, who it is from, in which language, and that a tap is always answered."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from aiogram import BaseMiddleware
from aiogram.filters.callback_data import CallbackData
from aiogram.fsm.context import FSMContext
from aiogram.fsm.middleware import FSMContextMiddleware
from aiogram.types import Chat, TelegramObject, Update, User

from db.engine import Database
from db.tables import Customer, utc_now
from handlers.screen import Tap
from keyboards.callbacks import (
    Open,
    OpenCatalogue,
    OpenCategory,
    OpenOrders,
    OpenPayments,
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
    OpenPayments,
    OpenStatement,
    OpenTopUp,
    Set,
)


class InTurn(BaseMiddleware):
    """A person's updates one after another, each with where their conversation stands; and not too many people at once.

    What is about a payment waits for none of that, nor for the Redis or the table behind it: Telegram gives a
    pre-checkout query ten seconds, and money that was paid must be taken in.
    """

    def __init__(self, fsm: FSMContextMiddleware, at_once: int) -> None:
        """`fsm` is the dispatcher's own, made with `disable_fsm`; handle `at_once` updates at the same time."""
        self._fsm = fsm
        self._slots = asyncio.Semaphore(at_once)

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Handle one update."""
        if isinstance(event, Update) and is_of_payment(event):
            return await handler(event, data)
        return await self._fsm(partial(self._in_slot, handler), event, data)

    async def _in_slot(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        async with self._slots:  # taken in turn, so that one person's many taps hold no more than one
            return await handler(event, data)


def is_of_payment(update: Update) -> bool:
    """Whether it asks if something may be paid, or says that it was, or that it went back."""
    message = update.message
    told = message is not None and (message.successful_payment is not None or message.refunded_payment is not None)
    return told or update.pre_checkout_query is not None


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
