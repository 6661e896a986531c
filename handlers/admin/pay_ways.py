"""The owner sets up ways to pay by hand: adds one step by step, changes it, switches it on and off, orders, deletes."""

from collections.abc import Sequence
from decimal import Decimal

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from db.engine import Database
from db.tables import Customer, PayWay
from handlers.admin.owners import IsOwner
from handlers.screen import Screen, Tap, show, show_below
from handlers.states import Desk
from keyboards import pay_ways as keys
from keyboards.callbacks import OnPayWay, OpenPayWays, PayWayAct
from shop import pay_ways
from shop.errors import PayWayGone, RuleUnread
from shop.pay_ways import LONGEST_ADDRESS, LONGEST_NAME, LONGEST_TEXT, Field, FieldUnreadable
from shop.policy import Policy
from texts import Speech

# --- looking --------------------------------------------------------------------------------------


async def open_list(callback: CallbackQuery, state: FSMContext, say: Speech, tap: Tap, db: Database) -> None:
    """Show all ways; what was being typed is left."""
    async with db.read() as session:
        ways = await pay_ways.list_all(session)
    await state.set_state(None)
    await show(callback, _list(say, ways), state, tap)


def _list(say: Speech, ways: Sequence[PayWay]) -> Screen:
    return Screen(say("pay-ways", count=len(ways)), keys.way_list(say, ways))


async def open_way(
    callback: CallbackQuery, callback_data: OnPayWay, state: FSMContext, say: Speech, tap: Tap, db: Database
) -> None:
    """Show one way; what was being typed is left. Raises PayWayGone."""
    async with db.read() as session:
        way = await pay_ways.find(session, callback_data.id)
    await state.set_state(None)
    await show(callback, _card(say, way), state, tap)


def _card(say: Speech, way: PayWay) -> Screen:
    lines = [
        say("pay-way-off" if way.off_at else "pay-way-on", name=way.name),
        say("pay-way-rate", unit=way.unit, rate=_plain(way.rate), currency=say.currency),
        say("pay-way-minimum", least=_plain(way.minimum), unit=way.unit),
        say("pay-way-address", address=way.address or "—"),
        "",
        say("verbatim", text=way.text),
    ]
    return Screen("\n".join(lines), keys.way_card(say, way))


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


# --- typing ---------------------------------------------------------------------------------------


async def begin(
    callback: CallbackQuery, callback_data: OnPayWay, state: FSMContext, say: Speech, tap: Tap, db: Database
) -> None:
    """Ask for everything of a new way, or for one field of this one and what goes with it. Raises PayWayGone."""
    asks = tuple(Field)
    if callback_data.act is PayWayAct.CHANGE:
        if callback_data.field not in set(Field):
            raise PayWayGone
        async with db.read() as session:
            await pay_ways.find(session, callback_data.id)
        asks = pay_ways.asked_with(Field(callback_data.field))
    await state.set_state(Desk.pay_way)
    await state.update_data(pay_way=callback_data.id, asks=list(asks), answers={})
    await show(callback, _ask(say, callback_data.id, asks[0], ""), state, tap)


def _ask(say: Speech, way_id: int, field: Field, unit: str, note: str = "") -> Screen:
    limits: dict[Field, dict[str, str | int]] = {
        Field.NAME: {"max": LONGEST_NAME},
        Field.RATE: {"unit": unit, "currency": say.currency},
        Field.MINIMUM: {"unit": unit},
        Field.ADDRESS: {"max": LONGEST_ADDRESS},
        Field.TEXT: {"max": LONGEST_TEXT},
    }
    text = say(f"pay-way-ask-{field}", **limits.get(field, {}))
    return Screen(f"{note}\n\n{text}" if note else text, keys.leave(say, way_id))


async def take_answer(message: Message, state: FSMContext, say: Speech, customer: Customer, db: Database) -> None:
    """Take a typed answer and ask for the next; after the last one the way is as it was said. Raises PayWayGone."""
    data = await state.get_data()
    way_id, asks = int(data.get("pay_way") or 0), [Field(field) for field in data.get("asks") or ()]
    if not asks:
        raise PayWayGone
    answers = (data.get("answers") or {}) | {asks[0].value: message.text or ""}
    unit = await _unit(db, way_id, say.currency)
    try:
        values = pay_ways.read_answers(answers, unit, say.currency)
    except FieldUnreadable:
        asked_in = str(answers.get(Field.UNIT, unit)).strip().upper()
        await show_below(message, _ask(say, way_id, asks[0], asked_in, say("pay-way-wrong")), state)
        return
    left = [field for field in asks if field not in values]
    if left:
        await state.update_data(asks=[field.value for field in left], answers=answers)
        await show_below(message, _ask(say, way_id, left[0], values.get(Field.UNIT, unit)), state)
        return
    async with db.begin() as session:
        if way_id:
            way = await pay_ways.change(session, way_id, customer.id, values)
        else:
            way = await pay_ways.add(session, customer.id, values)
    await state.set_state(None)
    await show_below(message, _card(say, way), state)


async def _unit(db: Database, way_id: int, currency: str) -> str:
    """Return what a way is paid in; a new one in the shop's currency until that is said. Raises PayWayGone."""
    if not way_id:
        return currency
    async with db.read() as session:
        return (await pay_ways.find(session, way_id)).unit


async def ask_for_text(message: Message, say: Speech) -> None:
    """Answer a photo or a sticker where words were asked for."""
    await message.answer(say("send-text"))


# --- acting ---------------------------------------------------------------------------------------


async def switch(
    callback: CallbackQuery,
    callback_data: OnPayWay,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
) -> None:
    """Switch a way on or off; before the first is on, the rule about digital goods is named. Raises PayWayGone."""
    try:
        async with db.begin() as session:
            if callback_data.act is PayWayAct.OFF:
                way = await pay_ways.switch_off(session, callback_data.id, customer.id)
            else:
                rule_read = callback_data.act is PayWayAct.ON_SURE
                way = await pay_ways.switch_on(session, callback_data.id, customer.id, rule_read=rule_read)
    except RuleUnread:
        rule = Screen(say("pay-way-rule"), keys.sure(say, callback_data.id, PayWayAct.ON_SURE))
        await show(callback, rule, state, tap)
        return
    await show(callback, _card(say, way), state, tap)


async def move_up(
    callback: CallbackQuery,
    callback_data: OnPayWay,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
) -> None:
    """Put a way before the one above it, and show the order. Raises PayWayGone."""
    async with db.begin() as session:
        ways = await pay_ways.move_up(session, callback_data.id, customer.id)
    await show(callback, _list(say, ways), state, tap)


async def ask_to_delete(
    callback: CallbackQuery, callback_data: OnPayWay, state: FSMContext, say: Speech, tap: Tap, db: Database
) -> None:
    """Ask once before a way is deleted. Raises PayWayGone."""
    async with db.read() as session:
        way = await pay_ways.find(session, callback_data.id)
    text = say("pay-way-delete", name=way.name)
    await show(callback, Screen(text, keys.sure(say, way.id, PayWayAct.DELETE_SURE)), state, tap)


async def delete(
    callback: CallbackQuery,
    callback_data: OnPayWay,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
) -> None:
    """Delete a way that is off. Raises PayWayGone, PayWayOn, PayWayInUse."""
    async with db.begin() as session:
        await pay_ways.delete(session, callback_data.id, customer.id)
        ways = await pay_ways.list_all(session)
    await show(callback, _list(say, ways), state, tap)


def build(policy: Policy) -> Router:
    """Return the routes of this desk, behind the owners' filter."""
    router = Router(name="pay_ways")
    router.message.filter(IsOwner(policy.owners))
    router.callback_query.filter(IsOwner(policy.owners))
    typing = StateFilter(Desk.pay_way)
    router.message.register(take_answer, typing, F.text, ~F.text.startswith("/"))
    router.message.register(ask_for_text, typing, ~F.text)
    router.callback_query.register(open_list, OpenPayWays.filter())
    for handler, acts in (
        (open_way, {PayWayAct.OPEN}),
        (begin, {PayWayAct.ADD, PayWayAct.CHANGE}),
        (switch, {PayWayAct.ON, PayWayAct.ON_SURE, PayWayAct.OFF}),
        (move_up, {PayWayAct.UP}),
        (ask_to_delete, {PayWayAct.DELETE}),
        (delete, {PayWayAct.DELETE_SURE}),
    ):
        router.callback_query.register(handler, OnPayWay.filter(F.act.in_(acts)))
    return router
