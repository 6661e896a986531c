"""A customer gives a bonus code: it pays at once, or waits for the top-up that it fits."""

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from db.engine import Database
from db.tables import BonusCode, Customer
from handlers import code_words
from handlers.screen import Screen, Tap, show, show_below
from handlers.states import Bonus
from handlers.wallet import wallet_screen
from keyboards import wallet as keys
from keyboards.callbacks import GiveCode
from shop import bonuses
from shop.errors import CodeOver, CodeRefused, CodeUnknown, CodeUsedBefore, CodeUsedUp, TooManyCodes
from texts import Speech

_REFUSALS = {
    CodeUnknown: "code-unknown",
    CodeOver: "code-over",
    CodeUsedUp: "code-used-up",
    CodeUsedBefore: "code-used-before",
}


def refusal(say: Speech, error: CodeRefused | TooManyCodes) -> str:
    """Return why a code brings nothing."""
    if isinstance(error, TooManyCodes):
        return say.label("code-too-many", minutes=error.minutes)
    return say.label(_REFUSALS[type(error)])


def ask_screen(say: Speech, waiting: BonusCode | None, note: str = "") -> Screen:
    """Return the question for a code, and the one that waits."""
    lines = [note, ""] if note else []
    lines.append(say("code-ask"))
    if waiting is not None:
        lines += ["", say("code-waits", code=waiting.code.upper()), code_words.worth(say, waiting)]
    return Screen("\n".join(lines), keys.ask_code(say, waiting))


async def open_code(
    callback: CallbackQuery,
    callback_data: GiveCode,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
) -> None:
    """Ask for a code; forget the one that waits if that was asked for."""
    async with db.begin() as session:
        if callback_data.drop:
            await bonuses.drop(session, customer.id)
        waiting = await bonuses.waiting(session, customer.id)
    await state.set_state(Bonus.code)
    await show(callback, ask_screen(say, waiting), state, tap)


async def take_code(message: Message, state: FSMContext, say: Speech, customer: Customer, db: Database) -> None:
    """Take a typed code."""
    await give(message, message.text or "", state, say, customer, db)


async def give(message: Message, words: str, state: FSMContext, say: Speech, customer: Customer, db: Database) -> None:
    """Redeem a code and show what came of it; the money itself is told by a notice. Raises OnHold."""
    note = ""
    try:
        _, at_once = await bonuses.redeem(db, customer.id, words)
    except (CodeRefused, TooManyCodes) as error:
        at_once, note = False, refusal(say, error)
    if at_once:
        await state.set_state(None)
        await show_below(message, await wallet_screen(db, customer, say), state)
        return
    async with db.read() as session:
        waiting = await bonuses.waiting(session, customer.id)
    await state.set_state(Bonus.code)
    await show_below(message, ask_screen(say, waiting, note), state)


def build() -> Router:
    """Return the routes of this journey."""
    router = Router(name="bonus_code")
    router.callback_query.register(open_code, GiveCode.filter())
    router.message.register(take_code, StateFilter(Bonus.code), F.text, ~F.text.startswith("/"))
    return router
