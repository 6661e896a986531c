"""Keyboards of payments: the list an owner sees, a payment's card, and the question before it is sent back."""

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardMarkup

from db.tables import Payment, RefundState
from keyboards.base import Row, back, button, commit, copy, keyboard, turner
from keyboards.callbacks import OnPayment, Open, OpenPayments, PayAct, To
from shop.payment_desk import PaymentList
from shop.returns import GONE
from texts import Speech

MARKS = {RefundState.ASKED: "⏳ ", RefundState.DONE: "↩️ ", RefundState.FAILED: "⚠️ ", None: ""}
LONGEST_LABEL = 40
MOST_COPIED = 256  # characters (Bot API, CopyTextButton)


def payment_list(say: Speech, found: PaymentList) -> InlineKeyboardMarkup:
    """Return a button for each payment of the page, the pages beside it, and the way to one by its number."""
    rows: list[Row] = [
        [
            button(
                f"{MARKS[payment.refund_state]}{payment.id} · {say.money(payment.amount)} · {customer.name}"[
                    :LONGEST_LABEL
                ],
                OnPayment(id=payment.id, act=PayAct.OPEN),
            )
        ]
        for payment, customer in found.paid
    ]
    earlier, later = OpenPayments(page=found.page - 1), OpenPayments(page=found.page + 1)
    return keyboard(
        *rows,
        turner(say, found.page, found.pages, earlier, later),
        [button(say.label("payments-find"), Open(to=To.FIND_PAYMENT))],
        [back(say, Open(to=To.DESK))],
    )


def copy_charge(say: Speech, payment: Payment) -> Row:
    """Return the button that puts the charge id on the clipboard."""
    return [copy(say.label("button-copy-charge"), payment.charge_id[:MOST_COPIED])]


def card(say: Speech, payment: Payment, to: CallbackData) -> InlineKeyboardMarkup:
    """Return what the customer who paid can do with it; `to` leads back."""
    return keyboard(copy_charge(say, payment), [back(say, to)])


def owners_card(say: Speech, payment: Payment, *, by_hand: bool) -> InlineKeyboardMarkup:
    """Return what an owner can do with a payment; `by_hand` where the store cannot send it back."""
    label = say.label("return-button-hand" if by_hand else "return-button")
    first = [] if payment.refund_state in GONE else [button(label, OnPayment(id=payment.id, act=PayAct.RETURN))]
    again = button(say.label("button-refresh"), OnPayment(id=payment.id, act=PayAct.OPEN))
    return keyboard(copy_charge(say, payment), first, [again], [back(say, OpenPayments())])


def ask_return(say: Speech, payment_id: int, sure: PayAct | None) -> InlineKeyboardMarkup:
    """Return the button that sends it back, if that is possible, and the way back to the facts."""
    first: Row = []
    if sure is not None:
        label = say.label(f"return-sure-{sure.name.lower().replace('_', '-')}")
        first.append(commit(label, OnPayment(id=payment_id, act=sure)))
    return keyboard(first, [back(say, OnPayment(id=payment_id, act=PayAct.OPEN))])


def find(say: Speech) -> InlineKeyboardMarkup:
    """Return the way back from the search."""
    return keyboard([back(say, OpenPayments())])
