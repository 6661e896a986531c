"""Keyboards of what an owner sets about taking money: what there is, the question, and before and after."""

from aiogram.types import InlineKeyboardMarkup

from keyboards.base import Row, back, button, commit, keyboard
from keyboards.callbacks import Open, SetTill, TillField, To
from texts import Speech


def overview(say: Speech) -> InlineKeyboardMarkup:
    """Return a button for each thing that can be set."""

    def row(*fields: TillField) -> Row:
        return [
            button(say.label(f"till-button-{field.name.lower().replace('_', '-')}"), SetTill(field=field))
            for field in fields
        ]

    return keyboard(
        row(TillField.STAR_VALUE),
        row(TillField.MINIMUM, TillField.MAXIMUM),
        row(TillField.TERMS, TillField.SUPPORT),
        [back(say, Open(to=To.DESK))],
    )


def ask(say: Speech, field: TillField, *, is_set: bool) -> InlineKeyboardMarkup:
    """Return the way back to the default, where another value is set, and the way back."""
    default = [button(say.label("till-button-default"), SetTill(field=field, default=True))] if is_set else []
    return keyboard(default, [back(say, Open(to=To.TILL))])


def confirm(say: Speech, field: TillField, mark: int) -> InlineKeyboardMarkup:
    """Return the button that sets it, and the way back to the question."""
    return keyboard(
        [commit(say.label("till-button-sure"), SetTill(field=field, mark=mark))],
        [back(say, SetTill(field=field))],
    )
