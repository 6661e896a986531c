"""Keyboard of the wallet: the pages of its statement, and the customer's number to copy."""

from aiogram.types import InlineKeyboardMarkup

from keyboards.base import back, copy, keyboard, turner
from keyboards.callbacks import Open, OpenStatement, To
from shop.wallet import Statement
from texts import Speech


def wallet(say: Speech, customer_id: int, statement: Statement) -> InlineKeyboardMarkup:
    """Return the statement's pages, the number an owner needs for a top-up, and the way back."""
    earlier = OpenStatement(page=statement.page - 1)
    later = OpenStatement(page=statement.page + 1)
    return keyboard(
        turner(say, statement.page, statement.pages, earlier, later),
        [copy(f"📋 {customer_id}", str(customer_id))],
        [back(say, Open(to=To.HOME))],
    )
