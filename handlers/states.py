"""Where a conversation can stand. What is asked next is read off the draft, so one state serves the whole journey."""

from aiogram.fsm.state import State, StatesGroup


class Ordering(StatesGroup):
    """An order is being put together: the conversation's data holds `service` or `draft`, ids only."""

    answering = State()


class Desk(StatesGroup):
    """An owner types an answer: the conversation's data holds `case`, the number of the order it is about.

    For the till it holds `till`, which of its fields, and `till_value`, what was typed and not confirmed yet.
    """

    panel_number = State()
    charge = State()
    till_value = State()


class TopUp(StatesGroup):
    """A customer types how much to pay in: the conversation's data holds `top_up_for`, the draft that waits or 0."""

    amount = State()
