"""Keyboards of the owner's desk about money: books, bonus codes, referrals."""

from collections.abc import Sequence
from decimal import Decimal

from aiogram.types import InlineKeyboardMarkup

from db.tables import BonusCode
from keyboards.base import Row, back, button, close, commit, copy, keyboard, pairs, turner
from keyboards.callbacks import (
    AskWhose,
    CodeAct,
    ExportBooks,
    NewCode,
    OnCode,
    OpenBooks,
    OpenCodes,
    OpenReferrals,
    SetReferrals,
)
from shop.bonuses import CodeList
from shop.periods import Period
from texts import Speech

BOOKS = (Period.TODAY, Period.WEEK, Period.MONTH, Period.LAST_MONTH, Period.ALL)
REFERRALS = ((Decimal(3), 90), (Decimal(5), 90), (Decimal(10), 30))


def desk(say: Speech) -> list[Row]:
    """Return the desk's rows about money."""
    return [
        [
            button(say.label("desk-books"), OpenBooks(period=Period.TODAY)),
            button(say.label("desk-statement"), AskWhose()),
        ],
        [
            button(say.label("desk-codes"), OpenCodes()),
            button(say.label("desk-referrals"), OpenReferrals()),
        ],
    ]


def only_close(say: Speech) -> InlineKeyboardMarkup:
    """Return the way out."""
    return keyboard([close(say)])


def books(say: Speech, shown: Period) -> InlineKeyboardMarkup:
    """Return the periods, the one that is shown marked, and its file."""
    choices = [
        button(("● " if period is shown else "") + say.label(f"period-{period.value}"), OpenBooks(period=period))
        for period in BOOKS
    ]
    return keyboard(*pairs(choices), [button(say.label("button-export"), ExportBooks(period=shown))], [close(say)])


# --- bonus codes ----------------------------------------------------------------------------------


def code_list(say: Speech, found: CodeList) -> InlineKeyboardMarkup:
    """Return a button for each code with how often it was used, and the way to a new one."""
    rows: list[Row] = [
        [button(f"{'▶️' if code.off_at is None else '⛔'} {_shown(code)}", OnCode(id=code.id, act=CodeAct.OPEN))]
        for code in found.codes
    ]
    earlier, later = OpenCodes(page=found.page - 1), OpenCodes(page=found.page + 1)
    return keyboard(
        *rows,
        turner(say, found.page, found.pages, earlier, later),
        [button(say.label("codes-new"), NewCode())],
        [close(say)],
    )


def _shown(code: BonusCode) -> str:
    most = "" if code.most_uses is None else f"/{code.most_uses}"
    return f"{code.code.upper()} · {code.uses}{most}"


def code(say: Speech, found: BonusCode, link: str | None) -> InlineKeyboardMarkup:
    """Return what can be done with a code: passed on, switched off."""
    copies = [copy(f"📋 {found.code.upper()}", found.code.upper())]
    if link is not None:
        copies.append(copy(say.label("button-copy-link"), link))
    off = [button(say.label("codes-off"), OnCode(id=found.id, act=CodeAct.OFF))] if found.off_at is None else []
    return keyboard(copies, off, [back(say, OpenCodes())])


def off_sure(say: Speech, code_id: int) -> InlineKeyboardMarkup:
    """Return the question's two answers."""
    return keyboard(
        [commit(say.label("codes-off-sure"), OnCode(id=code_id, act=CodeAct.OFF_SURE))],
        [back(say, OnCode(id=code_id, act=CodeAct.OPEN))],
    )


def question(say: Speech, name: str, answers: Sequence[tuple[str, str]]) -> InlineKeyboardMarkup:
    """Return the usual answers (label, answer) to a question about a new code."""
    choices = [button(label, NewCode(question=name, answer=answer)) for label, answer in answers]
    return keyboard(*pairs(choices), [back(say, OpenCodes()), close(say)])


def make_sure(say: Speech) -> InlineKeyboardMarkup:
    """Return the button that puts the new code on offer."""
    return keyboard(
        [commit(say.label("codes-make-sure"), NewCode(question="make"))], [back(say, OpenCodes()), close(say)]
    )


# --- referrals ------------------------------------------------------------------------------------


def hundredths(percent: Decimal) -> int:
    """Return a percentage as a button carries it."""
    return int(percent * 100)


def referrals(say: Speech, days: int) -> InlineKeyboardMarkup:
    """Return the usual terms, and off."""
    choices = [
        button(
            say.label("referrals-choice", percent=f"{percent:f}", days=number),
            SetReferrals(percent=hundredths(percent), days=number),
        )
        for percent, number in REFERRALS
    ]
    off = button(say.label("referrals-off"), SetReferrals(percent=0, days=days))
    return keyboard(*pairs([*choices, off]), [close(say)])


def referrals_sure(say: Speech, percent: Decimal, days: int) -> InlineKeyboardMarkup:
    """Return the button that sets the terms, and the way back."""
    sure = SetReferrals(percent=hundredths(percent), days=days, sure=True)
    return keyboard([commit(say.label("referrals-sure"), sure)], [back(say, OpenReferrals())])
