"""The owner sets what a Star is worth, how little and much is topped up, and the words of /terms and /paysupport.

Each change is shown before and after, and confirmed once; what was typed waits in the conversation until then.
"""

from decimal import Decimal
from zlib import crc32

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from db.engine import Database
from db.tables import Customer
from handlers.admin.owners import IsOwner
from handlers.errors import words
from handlers.order_card import held
from handlers.screen import Screen, Tap, show, show_below
from handlers.states import Desk
from keyboards import till as keys
from keyboards.callbacks import Open, SetTill, TillField, To
from shop import till
from shop.errors import ValueOutOfRange
from shop.policy import Policy
from shop.quantities import AmountUnreadable, parse_amount
from shop.till import Till
from texts import Speech

TEXTS = {TillField.TERMS, TillField.SUPPORT}
PLACES = {TillField.STAR_VALUE: 6}  # of a sum; the others have 2
LONGEST_IN_LIST = 100
LONGEST_SHOWN = 1000


class _TooLong(ValueError):
    """More words than a message holds."""


# --- what is set ----------------------------------------------------------------------------------


async def open_till(
    callback: CallbackQuery, state: FSMContext, say: Speech, tap: Tap, db: Database, policy: Policy
) -> None:
    """Show what is set."""
    await show(callback, await _overview(db, say, policy), state, tap)


async def _overview(db: Database, say: Speech, policy: Policy, note: str = "") -> Screen:
    async with db.read() as session:
        rules = await till.read(session, policy.star_value)
    lines = [note, ""] if note else []
    lines.append(say("till-title"))
    lines += [f"{_name(say, field)}: {_value(say, rules, field, LONGEST_IN_LIST)}" for field in TillField]
    return Screen("\n".join(lines), keys.overview(say))


def _name(say: Speech, field: TillField) -> str:
    return say(f"till-button-{field.name.lower().replace('_', '-')}")


def _value(say: Speech, rules: Till, field: TillField, longest: int = LONGEST_SHOWN) -> str:
    """Return what the field holds, for reading."""
    value: Decimal | str | None = getattr(rules, field.value)
    if isinstance(value, Decimal):
        return say("verbatim", text=say.exact_money(value))
    if value is None:
        return say("till-shops-own" if field in TEXTS else "till-no-stars")
    return say("verbatim", text=held(value, longest))


# --- a new value ----------------------------------------------------------------------------------


async def ask_value(
    callback: CallbackQuery,
    callback_data: SetTill,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    db: Database,
    policy: Policy,
) -> None:
    """Ask for a value."""
    await state.set_state(Desk.till_value)
    await state.update_data(till=callback_data.field.value)
    await show(callback, await _question(db, say, policy, callback_data.field), state, tap)


async def _question(db: Database, say: Speech, policy: Policy, field: TillField, note: str = "") -> Screen:
    async with db.read() as session:
        rules = await till.read(session, policy.star_value)
        is_set = await till.is_set(session, field.value)
    lines = [note, ""] if note else []
    lines += [f"<b>{_name(say, field)}</b>", _value(say, rules, field), ""]
    if field in TEXTS:
        lines.append(say("till-ask-text", most=say.number(till.LONGEST_TEXT)))
    else:
        lines.append(say("till-ask-sum", currency=say.currency))
    return Screen("\n".join(lines), keys.ask(say, field, is_set=is_set))


async def take_value(message: Message, state: FSMContext, say: Speech, db: Database, policy: Policy) -> None:
    """Take what was typed, and show before and after; what does not fit is asked for again."""
    field = TillField((await state.get_data())["till"])
    given = (message.text or "").strip()
    try:
        screen = await _proposal(db, say, policy, field, _read(field, given, say.currency))
    except AmountUnreadable:
        screen = await _question(db, say, policy, field, say("top-up-unreadable", given=given[:40]))
    except _TooLong:
        screen = await _question(db, say, policy, field, say("till-too-long", most=say.number(till.LONGEST_TEXT)))
    except ValueOutOfRange as error:
        screen = await _question(db, say, policy, field, words(say, error))
    else:
        await state.update_data(till_value=given)
    await show_below(message, screen, state)


async def propose_default(
    callback: CallbackQuery,
    callback_data: SetTill,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    db: Database,
    policy: Policy,
) -> None:
    """Show before and after of going back to the default. Raises ValueOutOfRange."""
    screen = await _proposal(db, say, policy, callback_data.field, None)
    await state.update_data(till=callback_data.field.value, till_value=None)
    await show(callback, screen, state, tap)


def _read(field: TillField, given: str, currency: str) -> Decimal | str:
    """Return a value as it was typed. Raises AmountUnreadable, _TooLong."""
    if field not in TEXTS:
        return parse_amount(given, currency, places=PLACES.get(field, 2))
    if len(given.encode("utf-16-le")) // 2 > till.LONGEST_TEXT:
        raise _TooLong
    return given


async def _proposal(db: Database, say: Speech, policy: Policy, field: TillField, value: Decimal | str | None) -> Screen:
    """Return before and after, with the button that commits. Raises ValueOutOfRange."""
    async with db.read() as session:
        before = await till.read(session, policy.star_value)
        after = await till.propose(session, {field.value: value}, policy.star_value)
    lines = [
        f"<b>{_name(say, field)}</b>",
        f"{say('till-before')} {_value(say, before, field)}",
        f"{say('till-after')} {_value(say, after, field)}",
    ]
    return Screen("\n".join(lines), keys.confirm(say, field, _mark(value)))


def _mark(value: Decimal | str | None) -> int:
    """Return a number that tells one value from another, for the button that was shown with it."""
    return crc32(str(value).encode()) + 1


async def commit(
    callback: CallbackQuery,
    callback_data: SetTill,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
    policy: Policy,
) -> None:
    """Set the value that was shown. Raises ValueOutOfRange when others were set meanwhile."""
    field, data = callback_data.field, await state.get_data()
    given: str | None = data.get("till_value")
    is_shown = data.get("till") == field.value
    value = _read(field, given, say.currency) if is_shown and given is not None else None
    if not is_shown or _mark(value) != callback_data.mark:
        await tap.answer(say.label("stale-button"), alert=True)
        return
    async with db.begin() as session:
        await till.change(session, actor_id=customer.id, **{field.value: value})
    await state.set_state(None)
    await state.update_data(till=None, till_value=None)
    await show(callback, await _overview(db, say, policy, say("till-done")), state, tap)


def build(policy: Policy) -> Router:
    """Return the routes of this desk, behind the owners' filter."""
    router = Router(name="till")
    router.message.filter(IsOwner(policy.owners))
    router.callback_query.filter(IsOwner(policy.owners))
    router.message.register(take_value, StateFilter(Desk.till_value), F.text, ~F.text.startswith("/"))
    router.callback_query.register(open_till, Open.filter(F.to == To.TILL))
    router.callback_query.register(commit, SetTill.filter(F.mark > 0))
    router.callback_query.register(propose_default, SetTill.filter(F.default))
    router.callback_query.register(ask_value, SetTill.filter())
    return router
