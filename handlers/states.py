"""Where a conversation can stand. What is asked next is read off the draft, so one state serves the whole journey."""

from aiogram.fsm.state import State, StatesGroup


class Ordering(StatesGroup):
    """An order is being put together: the conversation's data holds `service` or `draft`, ids only."""

    answering = State()


class Desk(StatesGroup):
    """An owner types an answer: the conversation's data holds what it is about.

    That is `case`, an order's number; `proof`, a payment by hand; `pay_way`, with `asks` and `answers` (the fields
    still to be asked for, and what was typed so far); `till`, which of its fields, with `till_value`, what was typed
    and not confirmed yet; `new_code`, the answers so far about a bonus code that is made.
    """

    panel_number = State()
    charge = State()
    till_value = State()
    proof_amount = State()
    proof_reason = State()
    pay_way = State()
    whose_statement = State()
    new_code = State()
    referral_terms = State()


class TopUp(StatesGroup):
    """A customer pays in: the conversation's data holds `top_up_for`, the draft that waits or 0, and `invoice`."""

    amount = State()
    proof = State()


class Bonus(StatesGroup):
    """A customer types a bonus code."""

    code = State()
