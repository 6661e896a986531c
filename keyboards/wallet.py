"""Keyboard of the wallet: the pages of its statement, and the customer's number to copy."""

from aiogram.types import InlineKeyboardMarkup

from db.tables import Draft
from keyboards.base import back, button, continue_draft, copy, keyboard, turner
from keyboards.callbacks import Open, OpenStatement, OpenTopUp, To
from shop.wallet import Statement
from texts import Speech


def wallet(say: Speech, customer_id: int, statement: Statement, waiting: Draft | None) -> InlineKeyboardMarkup:
    """Return the order that waits, the way to more money, the statement's pages, the customer's number to copy."""
    go_on = [] if waiting is None else [continue_draft(say, waiting)]
    earlier = OpenStatement(page=statement.page - 1)
    later = OpenStatement(page=statement.page + 1)
    return keyboard(
        go_on,
        [button(say.label("button-top-up-any"), OpenTopUp(draft=waiting.id if waiting else 0))],
        turner(say, statement.page, statement.pages, earlier, later),
        [copy(f"📋 {customer_id}", str(customer_id))],
        [back(say, Open(to=To.HOME))],
    )
