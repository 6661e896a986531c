"""Where a conversation can stand. What is asked next is read off the draft, so one state serves the whole journey."""

from aiogram.fsm.state import State, StatesGroup


class Ordering(StatesGroup):
    """An order is being put together: the conversation's data holds `service` or `draft`, ids only."""

    answering = State()


class Desk(StatesGroup):
    """An owner types an answer: the conversation's data holds `case`, the number of the order it is about.

    While a bonus code is made, `new_code` holds the answers so far.
    """

    panel_number = State()
    whose_statement = State()
    new_code = State()
    referral_terms = State()


class TopUp(StatesGroup):
    """A customer types how much to pay in: the conversation's data holds `top_up_for`, the draft that waits or 0."""

    amount = State()


class Bonus(StatesGroup):
    """A customer types a bonus code."""

    code = State()
