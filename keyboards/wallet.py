"""Keyboards of the wallet, its statement, and what else brings money into it: codes and friends."""

from urllib.parse import urlencode

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from db.tables import BonusCode, Draft
from keyboards.base import Row, back, button, close, continue_draft, copy, keyboard, pairs, turner
from keyboards.callbacks import (
    Export,
    GiveCode,
    OnOrder,
    Open,
    OpenExport,
    OpenInvite,
    OpenMonths,
    OpenStatement,
    OpenTopUp,
    OrderAct,
    SeeOrder,
    SeePayment,
    To,
)
from shop.periods import Period
from shop.statement import Months, Page
from texts import Speech

SEEN_IN_A_ROW = 4
EXPORTS = (Period.MONTH, Period.LAST_MONTH, Period.QUARTER, Period.ALL)


def wallet(
    say: Speech, customer_id: int, statement: Page, waiting: Draft | None, *, invites: bool
) -> InlineKeyboardMarkup:
    """Return the order that waits, the ways to more money, the statement, the customer's number to copy."""
    go_on = [] if waiting is None else [continue_draft(say, waiting)]
    friends = [button(say.label("button-invite"), OpenInvite())] if invites else []
    whole = [button(say.label("button-statement"), OpenStatement())] if statement.lines else []
    return keyboard(
        go_on,
        [button(say.label("button-top-up-any"), OpenTopUp(draft=waiting.id if waiting else 0))],
        [button(say.label("button-bonus-code"), GiveCode()), *friends],
        whole,
        [copy(f"📋 {customer_id}", str(customer_id))],
        [back(say, Open(to=To.HOME))],
    )


# --- the statement --------------------------------------------------------------------------------


def statement(say: Speech, found: Page, of: int) -> InlineKeyboardMarkup:
    """Return the orders and payments of the page to open, the pages beside it, months and files."""
    seen = _seen(found, of)
    return keyboard(
        *(seen[start : start + SEEN_IN_A_ROW] for start in range(0, len(seen), SEEN_IN_A_ROW)),
        turner(
            say,
            found.page,
            found.pages,
            OpenStatement(page=found.page - 1, of=of),
            OpenStatement(page=found.page + 1, of=of),
        ),
        [
            button(say.label("button-months"), OpenMonths(of=of)),
            button(say.label("button-export"), OpenExport(of=of)),
        ],
        [_leave(say, of)],
    )


def _seen(found: Page, of: int) -> Row:
    """Return a button for each order and payment of the page, once."""
    row: dict[str, InlineKeyboardButton] = {}
    for line in found.lines:
        order_id, payment = line.entry.order_id, line.payment
        if order_id is not None:
            mine, theirs = OnOrder(id=order_id, act=OrderAct.OPEN), SeeOrder(id=order_id, page=found.page, of=of)
            label = f"📦 {order_id}"
            row.setdefault(label, button(label, theirs if of else mine))
        elif payment is not None:
            label = f"💳 {payment.id}"
            row.setdefault(label, button(label, SeePayment(id=payment.id, page=found.page, of=of)))
    return list(row.values())


def _leave(say: Speech, of: int) -> InlineKeyboardButton:
    return close(say) if of else back(say, Open(to=To.WALLET))


def months(say: Speech, found: Months, of: int) -> InlineKeyboardMarkup:
    """Return the pages beside this one, and the way back to the entries."""
    earlier, later = OpenMonths(page=found.page - 1, of=of), OpenMonths(page=found.page + 1, of=of)
    return keyboard(turner(say, found.page, found.pages, earlier, later), [back(say, OpenStatement(of=of))])


def exports(say: Speech, of: int) -> InlineKeyboardMarkup:
    """Return the periods of which there is a file."""
    choices = [button(say.label(f"period-{period.value}"), Export(period=period, of=of)) for period in EXPORTS]
    return keyboard(*pairs(choices), [back(say, OpenStatement(of=of))])


def to_statement(say: Speech, page: int, of: int) -> Row:
    """Return the way back to a page of the statement."""
    return [back(say, OpenStatement(page=page, of=of))]


# --- codes and friends ----------------------------------------------------------------------------


def ask_code(say: Speech, waiting: BonusCode | None) -> InlineKeyboardMarkup:
    """Return what can be done about the code that waits, and the ways out."""
    rows: list[Row] = []
    if waiting is not None:
        rows = [
            [button(say.label("button-top-up-any"), OpenTopUp())],
            [button(say.label("button-drop-code"), GiveCode(drop=True))],
        ]
    return keyboard(*rows, [back(say, Open(to=To.WALLET)), close(say)])


def invite(say: Speech, link: str, words: str) -> InlineKeyboardMarkup:
    """Return the ways to pass the link on."""
    share = f"https://t.me/share/url?{urlencode({'url': link, 'text': words})}"
    return keyboard(
        [InlineKeyboardButton(text=say.label("button-share"), url=share)],
        [copy(say.label("button-copy-link"), link)],
        [back(say, Open(to=To.WALLET))],
    )
