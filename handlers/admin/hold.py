"""The owner puts a customer on hold, or lets them go: /hold <telegram id>. It asks first."""

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message

from db.engine import Database
from db.tables import Customer
from handlers.admin.credit import read_id
from handlers.admin.owners import IsOwner
from handlers.screen import Screen, Tap, show, show_below
from keyboards.base import close, commit, keyboard
from keyboards.callbacks import HoldCustomer
from shop import customers
from shop.names import short
from shop.policy import Policy
from texts import Speech

LONGEST_NAME = 60


async def ask(message: Message, command: CommandObject, state: FSMContext, say: Speech, db: Database) -> None:
    """Show who it is, and ask."""
    customer_id = read_id((command.args or "").strip())
    if customer_id is None:
        await message.answer(say("hold-usage"))
        return
    async with db.read() as session:
        person = await customers.find(session, customer_id)
    if person is None:
        await message.answer(say("hold-unknown", id=str(customer_id)))
        return
    await show_below(message, Screen(_card(say, person), _act(say, person)), state)


def _card(say: Speech, person: Customer) -> str:
    """Return who it is, and where they stand."""
    lines = [
        say(
            "hold-card",
            name=short(person.name, LONGEST_NAME) or "—",
            username=f"@{person.username}" if person.username else "",
            id=str(person.id),
            balance=say.money(person.balance),
        ),
        say("hold-since", time=say.day_and_clock(person.held_at)) if person.held_at else say("hold-none"),
    ]
    return "\n".join(lines)


def _act(say: Speech, person: Customer) -> InlineKeyboardMarkup:
    is_held = person.held_at is not None
    label = say.label("hold-button-off" if is_held else "hold-button-on")
    return keyboard([commit(label, HoldCustomer(id=person.id, held=not is_held))], [close(say)])


async def hold(
    callback: CallbackQuery,
    callback_data: HoldCustomer,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
) -> None:
    """Do it, once, and show where the customer stands now."""
    async with db.begin() as session:
        person = await customers.hold(session, callback_data.id, customer.id, held=callback_data.held)
    if person is None:
        await tap.answer(say.label("stale-button"), alert=True)
        return
    await show(callback, Screen(_card(say, person), keyboard([close(say)])), state, tap)


def build(policy: Policy) -> Router:
    """Return the routes of this journey, behind the owners' filter."""
    router = Router(name="hold")
    router.message.filter(IsOwner(policy.owners))
    router.callback_query.filter(IsOwner(policy.owners))
    router.message.register(ask, Command("hold"))
    router.callback_query.register(hold, HoldCustomer.filter())
    return router
