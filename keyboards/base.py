"""Buttons that look and stand the same on every screen: ‹ back, ✖️ out, ✅ the one that commits, page turners."""

from aiogram.filters.callback_data import CallbackData
from aiogram.types import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup

from db.tables import Draft
from keyboards.callbacks import DraftAct, EditDraft, Open, To
from texts import Speech

Row = list[InlineKeyboardButton]


def button(text: str, data: CallbackData) -> InlineKeyboardButton:
    """Return a button that does what `data` says."""
    return InlineKeyboardButton(text=text, callback_data=data.pack())


def commit(text: str, data: CallbackData) -> InlineKeyboardButton:
    """Return the button that commits: its text starts with ✅, and no other button has this style."""
    return InlineKeyboardButton(text=text, callback_data=data.pack(), style="success")


def copy(label: str, text: str) -> InlineKeyboardButton:
    """Return a button that puts `text` (1-256 characters) on the clipboard."""
    return InlineKeyboardButton(text=label, copy_text=CopyTextButton(text=text))


def back(say: Speech, data: CallbackData) -> InlineKeyboardButton:
    """Return the way back."""
    return button(say.label("button-back"), data)


def close(say: Speech) -> InlineKeyboardButton:
    """Return the way out of a journey."""
    return button(say.label("button-close"), Open(to=To.CLOSE))


def continue_draft(say: Speech, draft: Draft) -> InlineKeyboardButton:
    """Return the way back to an order that is being put together."""
    return button(say.label("button-continue"), EditDraft(id=draft.id, act=DraftAct.OPEN))


def turner(say: Speech, page: int, pages: int, earlier: CallbackData, later: CallbackData) -> Row:
    """Return the buttons to the pages beside `page` (from 0): numbers as people count them."""
    row: Row = []
    if page > 0:
        row.append(button(f"‹ {say.number(page)}", earlier))
    if page < pages - 1:
        row.append(button(f"{say.number(page + 2)} ›", later))
    return row


def keyboard(*rows: Row) -> InlineKeyboardMarkup:
    """Return the keyboard of the rows that have buttons."""
    return InlineKeyboardMarkup(inline_keyboard=[row for row in rows if row])


def pairs(buttons: Row) -> list[Row]:
    """Return the buttons two in a row, as they read well on a phone."""
    return [buttons[start : start + 2] for start in range(0, len(buttons), 2)]
