"""Keyboards of the settings: languages in their own names, and what the store may send."""

from aiogram.types import InlineKeyboardMarkup
from babel import Locale

from db.tables import Customer
from keyboards.base import Row, back, button, keyboard, pairs
from keyboards.callbacks import Open, Set, Setting, To
from texts import Speech, languages

AS_TELEGRAM = "-"


def language_name(language: str) -> str:
    """Return a language's name in itself."""
    name = Locale.parse(language).get_display_name(language) or language
    return name[:1].upper() + name[1:]


def settings(say: Speech, customer: Customer) -> InlineKeyboardMarkup:
    """Return the switches; what is chosen is marked."""

    def mark(chosen: bool) -> str:
        return "● " if chosen else ""

    choices = [
        button(
            mark(customer.language == language) + language_name(language),
            Set(what=Setting.LANGUAGE, value=language),
        )
        for language in languages()
    ]
    as_telegram = button(
        mark(customer.language is None) + say.label("settings-language-telegram"),
        Set(what=Setting.LANGUAGE, value=AS_TELEGRAM),
    )

    def switch(key: str, on: bool, what: Setting) -> Row:
        label = say.label(f"{key}-{'on' if on else 'off'}")
        return [button(label, Set(what=what, value="0" if on else "1"))]

    return keyboard(
        *pairs(choices),
        [as_telegram],
        switch("settings-cards", customer.card_updates, Setting.CARDS),
        switch("settings-ends", customer.end_messages, Setting.ENDS),
        [back(say, Open(to=To.HOME))],
    )
