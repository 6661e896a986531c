"""Keyboards of a top-up: how much, with what, and the invoice itself."""

from collections.abc import Sequence
from decimal import Decimal

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from db.tables import Invoice, InvoiceState
from keyboards.base import back, button, close, copy, keyboard, pairs
from keyboards.callbacks import ChooseWay, InvoiceAct, OnInvoice, Open, OpenTopUp, To, TopUpFor
from shop.money import SMALLEST_SUM
from texts import Speech
from ways import Bill, Offer


def cents(amount: Decimal) -> int:
    """Return a sum (currency) as a button carries it: in the smallest sums the store shows."""
    return int(amount / SMALLEST_SUM)


def amounts(
    say: Speech, presets: Sequence[Decimal], draft_id: int, going_on: Sequence[tuple[Invoice, str]] = ()
) -> InlineKeyboardMarkup:
    """Return the amounts to choose from, and the ways out.

    `going_on` are invoices the customer pays by hand just now, with their units in words.
    """
    choices = [button(say.money(amount), TopUpFor(cents=cents(amount), draft=draft_id)) for amount in presets]
    rows = [
        [
            button(
                say.label("button-go-on-paying", id=str(asked.id), units=units),
                OnInvoice(id=asked.id, act=InvoiceAct.OPEN if asked.state is InvoiceState.OPEN else InvoiceAct.CLAIM),
            )
        ]
        for asked, units in going_on
    ]
    return keyboard(*rows, *pairs(choices), [back(say, Open(to=To.WALLET)), close(say)])


def offers(say: Speech, found: Sequence[Offer], amount: Decimal, draft_id: int) -> InlineKeyboardMarkup:
    """Return what can be paid with, a row each."""
    rows = [
        [button(offer.label, ChooseWay(way=offer.way, choice=offer.choice, cents=cents(amount), draft=draft_id))]
        for offer in found
    ]
    return keyboard(*rows, [back(say, OpenTopUp(draft=draft_id)), close(say)])


def invoice(say: Speech, asked: Invoice, bill: Bill, units: str) -> InlineKeyboardMarkup:
    """Return where to pay, what to copy, and the way out that cancels the invoice."""
    pay = [] if bill.url is None else [InlineKeyboardButton(text=say.label("button-pay", units=units), url=bill.url)]
    copies = [[copy(label, text)] for label, text in bill.copies]
    claim = [button(say.label("button-paid"), OnInvoice(id=asked.id, act=InvoiceAct.CLAIM))] if bill.takes_claim else []
    change = back(say, OpenTopUp(draft=asked.draft_id or 0))
    cancel = button(say.label("button-cancel"), OnInvoice(id=asked.id, act=InvoiceAct.CANCEL))
    return keyboard(pay, *copies, claim, [change, cancel])
