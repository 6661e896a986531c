"""The owner's bonus codes: the list with how often each was used, a new one question by question, switching off."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from decimal import Decimal

from aiogram import Bot, F, Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from db.engine import Database
from db.tables import BonusCode, Customer, utc_now
from handlers import code_words
from handlers.admin.owners import IsOwner
from handlers.invite import start_link
from handlers.screen import Screen, Tap, show, show_below
from handlers.states import Desk
from keyboards import money_desk as keys
from keyboards.callbacks import CodeAct, NewCode, OnCode, OpenCodes
from shop import bonuses
from shop.bonuses import Terms
from shop.errors import CodeTaken
from shop.money import ZERO
from shop.policy import Policy
from shop.quantities import parse_amount, parse_quantity
from texts import Speech

NEW = "new_code"  # in the conversation's data: the answers so far, by question
INVENT, NONE = "*", "0"
MOST_USES, MOST_DAYS = 10**6, 3650
MAKE = "make"  # what is asked last


# --- the codes there are --------------------------------------------------------------------------


async def open_codes(
    callback: CallbackQuery, callback_data: OpenCodes, state: FSMContext, say: Speech, tap: Tap, db: Database
) -> None:
    """Show a page of the codes."""
    async with db.read() as session:
        found = await bonuses.list_codes(session, callback_data.page)
    await state.set_state(None)
    text = say("codes-title") if found.codes else say("codes-none")
    await show(callback, Screen(text, keys.code_list(say, found)), state, tap)


async def code_screen(db: Database, bot: Bot, say: Speech, code_id: int) -> Screen:
    """Return a code with what it brings, its limits, what it brought, and a link that gives it."""
    async with db.read() as session:
        code = await bonuses.find(session, code_id)
        paid = await bonuses.paid_by(session, code_id)
    lines = [f"<b>{say('verbatim', text=code.code.upper())}</b>", code_words.worth(say, code)]
    lines += ["", *code_words.limits(say, code), say("code-paid", amount=say.money(paid))]
    link = await start_link(bot, f"c{code.code}") if code.code.isascii() else None
    return Screen("\n".join(lines), keys.code(say, code, link))


async def on_code(
    callback: CallbackQuery,
    callback_data: OnCode,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
    bot: Bot,
) -> None:
    """Show a code, ask whether it shall be switched off, or do so. Raises CodeGone."""
    code_id = callback_data.id
    if callback_data.act is CodeAct.OFF:
        async with db.read() as session:
            code = await bonuses.find(session, code_id)
        screen = Screen(say("codes-off-ask", code=code.code.upper()), keys.off_sure(say, code_id))
        await show(callback, screen, state, tap)
        return
    if callback_data.act is CodeAct.OFF_SURE:
        async with db.begin() as session:
            await bonuses.switch_off(session, code_id, customer.id)
    await show(callback, await code_screen(db, bot, say, code_id), state, tap)


# --- a new one ------------------------------------------------------------------------------------


def _code(words: str) -> str:
    code = bonuses.invent_code() if words == INVENT else bonuses.read_code(words)
    if code is None:
        raise ValueError
    return code


def _worth(words: str) -> str:
    number = parse_amount(words.replace("%", ""))
    if number <= ZERO or ("%" in words and number > bonuses.MOST_PERCENT):
        raise ValueError
    return f"{number}%" if "%" in words else str(number)


def _sum(words: str) -> str:
    number = parse_amount(words)
    if number < ZERO:
        raise ValueError
    return str(number)


def _count(least: int, most: int) -> Callable[[str], str]:
    def read(words: str) -> str:
        number = parse_quantity(words)
        if not least <= number <= most:
            raise ValueError
        return str(number)

    return read


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to know of a new code: `read` takes an answer as typed (ValueError for none), `usual` are buttons."""

    read: Callable[[str], str]
    usual: tuple[str, ...] = ()


QUESTIONS: Mapping[str, Question] = {
    "code": Question(_code, (INVENT,)),
    "worth": Question(_worth),
    "uses": Question(_count(0, MOST_USES), ("1", "10", "100", NONE)),
    "each": Question(_count(1, MOST_USES), ("1", "2", "5")),
    "least": Question(_sum, (NONE, "5", "10", "20")),
    "most": Question(_sum, (NONE, "5", "10", "50")),
    "end": Question(_count(0, MOST_DAYS), (NONE, "7", "30", "90")),
}
MONEY = {"least", "most"}


def next_question(answers: Mapping[str, str]) -> str:
    """Return what is to be asked next; only a percent has a most."""
    is_percent = "%" in answers.get("worth", "")
    return next((name for name in QUESTIONS if name not in answers and (name != "most" or is_percent)), MAKE)


def terms_of(answers: Mapping[str, str]) -> Terms:
    """Return the terms that the answers make."""
    worth = Decimal(answers["worth"].rstrip("%"))
    is_percent = "%" in answers["worth"]
    days = int(answers["end"])
    return Terms(
        answers["code"],
        amount=None if is_percent else worth,
        percent=worth if is_percent else None,
        most_uses=int(answers["uses"]) or None,
        most_uses_each=int(answers["each"]),
        least_top_up=Decimal(answers["least"]),
        most_bonus=Decimal(answers.get("most", NONE)) or None,
        ends_at=utc_now() + timedelta(days=days) if days else None,
    )


def question_screen(say: Speech, answers: Mapping[str, str], note: str = "") -> Screen:
    """Return the next question, or at the end the card to agree to."""
    lines = [note, ""] if note else []
    name = next_question(answers)
    if name == MAKE:
        code = BonusCode(**asdict(terms_of(answers)))
        lines += [say("codes-make-ask", code=code.code.upper()), code_words.worth(say, code)]
        return Screen("\n".join([*lines, *code_words.limits(say, code)]), keys.make_sure(say))
    lines.append(say(f"codes-ask-{name}"))
    return Screen("\n".join(lines), keys.question(say, name, [(_label(say, name, each), each) for each in
                                                             QUESTIONS[name].usual]))  # fmt: skip


def _label(say: Speech, name: str, answer: str) -> str:
    if answer == INVENT:
        return say.label("codes-invent")
    if answer == NONE:
        return say.label("codes-no-limit")
    return say.money(Decimal(answer)) if name in MONEY else answer


async def new_code(
    callback: CallbackQuery,
    callback_data: NewCode,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
    bot: Bot,
) -> None:
    """Begin a code, take an answer from a button, or put the code on offer."""
    if not callback_data.question:
        await state.update_data({NEW: {}})
        await state.set_state(Desk.new_code)
        await show(callback, question_screen(say, {}), state, tap)
        return
    answers: dict[str, str] = dict((await state.get_data()).get(NEW) or {})
    if callback_data.question != next_question(answers):
        await tap.answer(say.label("stale-button"), alert=True)
        return
    if callback_data.question == MAKE:
        await show(callback, await _make(db, bot, state, say, customer.id, answers), state, tap)
        return
    await show(callback, await _answer(state, say, answers, callback_data.answer), state, tap)


async def take_answer(message: Message, state: FSMContext, say: Speech) -> None:
    """Take a typed answer."""
    answers: dict[str, str] = dict((await state.get_data()).get(NEW) or {})
    await show_below(message, await _answer(state, say, answers, message.text or ""), state)


async def _answer(state: FSMContext, say: Speech, answers: dict[str, str], words: str) -> Screen:
    name = next_question(answers)
    if name == MAKE:
        return question_screen(say, answers)
    try:
        answers[name] = QUESTIONS[name].read(words.strip())
    except ValueError:
        return question_screen(say, answers, say("codes-wrong"))
    await state.update_data({NEW: answers})
    return question_screen(say, answers)


async def _make(
    db: Database, bot: Bot, state: FSMContext, say: Speech, owner_id: int, answers: dict[str, str]
) -> Screen:
    try:
        async with db.begin() as session:
            made = await bonuses.make(session, terms_of(answers), owner_id)
    except CodeTaken:
        del answers["code"]
        await state.update_data({NEW: answers})
        return question_screen(say, answers, say("codes-taken"))
    await state.set_state(None)
    await state.update_data({NEW: {}})
    return await code_screen(db, bot, say, made.id)


def build(policy: Policy) -> Router:
    """Return the routes of this desk, behind the owners' filter."""
    router = Router(name="codes")
    router.message.filter(IsOwner(policy.owners))
    router.callback_query.filter(IsOwner(policy.owners))
    router.message.register(take_answer, StateFilter(Desk.new_code), F.text, ~F.text.startswith("/"))
    router.callback_query.register(open_codes, OpenCodes.filter())
    router.callback_query.register(on_code, OnCode.filter())
    router.callback_query.register(new_code, NewCode.filter())
    return router
