"""Keyboards of payments by hand: what the customer shows, and what an owner decides about it."""

from decimal import Decimal

from aiogram.types import InlineKeyboardMarkup

from keyboards.base import Row, back, button, close, commit, keyboard, pairs, turner
from keyboards.callbacks import InvoiceAct, OnInvoice, OnProof, OpenProofs, ProofAct
from keyboards.top_up import cents
from shop.by_hand import Case, Waiting, Why
from texts import Speech

LONGEST_LABEL = 40


def ask(say: Speech, invoice_id: int) -> InlineKeyboardMarkup:
    """Return the way back to how the invoice is paid."""
    return keyboard([back(say, OnInvoice(id=invoice_id, act=InvoiceAct.OPEN)), close(say)])


def again(say: Speech, invoice_id: int) -> InlineKeyboardMarkup:
    """Return the way to show another proof."""
    return keyboard([button(say.label("button-proof-again"), OnInvoice(id=invoice_id, act=InvoiceAct.CLAIM_AGAIN))])


def proof_list(say: Speech, waiting: Waiting, units: list[str]) -> InlineKeyboardMarkup:
    """Return a button for each payment that waits; `units` are theirs in words."""
    rows: list[Row] = [
        [button(f"{invoice.id} · {text} · {customer.name}"[:LONGEST_LABEL], OnProof(id=proof.id, act=ProofAct.OPEN))]
        for (proof, invoice, customer), text in zip(waiting.proofs, units, strict=True)
    ]
    earlier, later = OpenProofs(page=waiting.page - 1), OpenProofs(page=waiting.page + 1)
    return keyboard(*rows, turner(say, waiting.page, waiting.pages, earlier, later), [close(say)])


def card(say: Speech, case: Case) -> InlineKeyboardMarkup:
    """Return what an owner can decide: all of it, another amount, nothing."""
    number = case.proof.id
    return keyboard(
        [
            commit(
                say.label("proof-button-approve", amount=say.money(case.invoice.amount)), _on(number, ProofAct.APPROVE)
            )
        ],
        [
            button(say.label("proof-button-other"), _on(number, ProofAct.OTHER)),
            button(say.label("proof-button-refuse"), _on(number, ProofAct.REFUSE)),
        ],
    )


def other_amount(say: Speech, proof_id: int, units: Decimal, amount: Decimal) -> InlineKeyboardMarkup:
    """Return the button that credits another amount (currency) than was asked, for `units`."""
    data = OnProof(id=proof_id, act=ProofAct.APPROVE, units=units, cents=cents(amount))
    return keyboard(
        [commit(say.label("proof-button-approve", amount=say.money(amount)), data)],
        [back(say, _on(proof_id, ProofAct.OTHER)), close(say)],
    )


def only_close(say: Speech) -> InlineKeyboardMarkup:
    """Return the way out."""
    return keyboard([close(say)])


def reasons(say: Speech, proof_id: int) -> InlineKeyboardMarkup:
    """Return the reasons that need no words of the owner's."""
    found = [
        button(say.label(f"proof-why-button-{why}"), OnProof(id=proof_id, act=ProofAct.WHY, why=why)) for why in Why
    ]
    return keyboard(*pairs(found), [close(say)])


def sure_to_refuse(say: Speech, proof_id: int, why: str) -> InlineKeyboardMarkup:
    """Return the button that refuses; without `why` for the reason that was typed."""
    return keyboard(
        [commit(say.label("proof-button-refuse-sure"), OnProof(id=proof_id, act=ProofAct.REFUSE_SURE, why=why))],
        [back(say, _on(proof_id, ProofAct.REFUSE)), close(say)],
    )


def _on(proof_id: int, act: ProofAct) -> OnProof:
    return OnProof(id=proof_id, act=act)
