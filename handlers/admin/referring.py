"""The owner sets what inviting friends brings: a percent of a friend's top-ups, for so many days. Asks first."""

from decimal import Decimal

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from db.engine import Database
from db.tables import Customer
from handlers.admin.owners import IsOwner
from handlers.code_words import percent
from handlers.screen import Screen, Tap, show, show_below
from handlers.states import Desk
from keyboards import money_desk as keys
from keyboards.callbacks import OpenReferrals, SetReferrals
from shop import referrals, till
from shop.money import ZERO
from shop.policy import Policy
from shop.quantities import parse_amount, parse_quantity
from texts import Speech


async def terms_screen(db: Database, say: Speech, note: str = "") -> Screen:
    """Return what referrals bring now, and the usual choices."""
    async with db.read() as session:
        rules = await till.read(session)
    now = say("referrals-are-off")
    if rules.referral_percent > ZERO:
        now = say("referrals-are", percent=percent(rules.referral_percent), days=rules.referral_days)
    lines = [note, ""] if note else []
    text = "\n".join([*lines, say("referrals-title"), now, "", say("referrals-ask")])
    return Screen(text, keys.referrals(say, rules.referral_days))


async def open_terms(callback: CallbackQuery, state: FSMContext, say: Speech, tap: Tap, db: Database) -> None:
    """Show what referrals bring."""
    await state.set_state(Desk.referral_terms)
    await show(callback, await terms_screen(db, say), state, tap)


async def take_terms(message: Message, state: FSMContext, say: Speech, db: Database) -> None:
    """Take typed terms: `5 90` is 5 percent for 90 days."""
    words = (message.text or "").replace("%", " ").split()
    try:
        share, days = parse_amount(words[0]), parse_quantity(words[1])
        if len(words) != 2 or not ZERO <= share <= referrals.MOST_PERCENT or not 0 < days <= referrals.MOST_DAYS:
            raise ValueError
    except (ValueError, IndexError):
        await show_below(message, await terms_screen(db, say, say("referrals-wrong")), state)
        return
    await show_below(message, sure_screen(say, share, days), state)


def sure_screen(say: Speech, share: Decimal, days: int) -> Screen:
    """Return the question whether the owner means it."""
    ask = say("referrals-sure-ask", percent=percent(share), days=days) if share else say("referrals-sure-off")
    return Screen(ask, keys.referrals_sure(say, share, days))


async def set_terms(
    callback: CallbackQuery,
    callback_data: SetReferrals,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
) -> None:
    """Ask once, then do it."""
    share, days = Decimal(callback_data.percent) / 100, callback_data.days
    if not callback_data.sure:
        await show(callback, sure_screen(say, share, days), state, tap)
        return
    async with db.begin() as session:
        await referrals.set_terms(session, share, days, customer.id)
    await state.set_state(None)
    await show(callback, await terms_screen(db, say, say("referrals-set")), state, tap)


def build(policy: Policy) -> Router:
    """Return the routes of this desk, behind the owners' filter."""
    router = Router(name="referring")
    router.message.filter(IsOwner(policy.owners))
    router.callback_query.filter(IsOwner(policy.owners))
    router.message.register(take_terms, StateFilter(Desk.referral_terms), F.text, ~F.text.startswith("/"))
    router.callback_query.register(open_terms, OpenReferrals.filter())
    router.callback_query.register(set_terms, SetReferrals.filter())
    return router
