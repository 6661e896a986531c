"""The card of a payment by hand as an owner reads it: what should have come, from whom, what was shown and decided.

With a picture it is a caption, which has room for 1024 units (Bot API, sendPhoto): every outside word is cut for that.
"""

from db.tables import Invoice
from handlers.order_card import held
from handlers.screen import Screen
from keyboards import proofs as keys
from shop.by_hand import Case, Why
from texts import Speech

LONGEST_NAME = 32
LONGEST_WORDS = 300
LONGEST_REASON = 150
UNITS = 1  # of a sign, as a rule: here there is no room for more


def screen(say: Speech, case: Case) -> Screen:
    """Return the card, with what can be decided while nobody has."""
    keyboard = keys.card(say, case) if case.proof.decided_at is None else None
    is_photo = case.proof.file_kind == "photo"
    file = case.proof.file_id
    return Screen(card(say, case), keyboard, photo=file if is_photo else None, document=None if is_photo else file)


def card(say: Speech, case: Case) -> str:
    """Return the card's text."""
    proof, invoice, customer = case.proof, case.invoice, case.customer
    lines = [
        say("proof-title", id=str(invoice.id), units=units(say, invoice), amount=say.money(invoice.amount)),
        say(
            "proof-customer",
            name=_short(customer.name) or "—",
            username=f"@{customer.username}" if customer.username else "",
            id=str(customer.id),
        ),
        say(
            "proof-history",
            balance=say.money(customer.balance),
            count=case.payments,
            paid=say.money(case.paid),
        ),
        say("proof-way", way=_short(case.way or "—"), time=say.day_and_clock(proof.created_at)),
    ]
    if proof.text:
        lines.append(say("proof-words", text=held(proof.text, LONGEST_WORDS, UNITS)))
    lines += _doubts(say, case) if proof.decided_at is None else ["", say("verbatim", text=decision(say, case))]
    return "\n".join(lines)


def _doubts(say: Speech, case: Case) -> list[str]:
    """Return what speaks against it, while that is of use."""
    lines = [say("proof-number", number=case.number)] if case.number > 1 else []
    if case.customer.held_at is not None:
        lines.append(say("proof-on-hold"))
    return lines + [
        say(
            "proof-alike",
            id=str(alike.invoice_id),
            name=_short(alike.customer.name) or str(alike.customer.id),
            state=say.label(f"invoice-state-{alike.state.value}"),
        )
        for alike in case.alike
    ]


def decision(say: Speech, case: Case) -> str:
    """Return who decided what, and when, in plain words: a card and the answer to a tap say the same."""
    proof = case.proof
    owner, time = _short(case.owner), say.day_and_clock(proof.decided_at or proof.created_at)
    if proof.amount is None:
        return say.label("proof-refused-by", owner=owner, time=time, reason=reason(say, proof.reason or ""))
    return say.label("proof-approved-by", owner=owner, time=time, amount=say.money(proof.amount))


def reason(say: Speech, why: str) -> str:
    """Return why an owner refused, as plain words: the shop's, or their own."""
    return say.label(f"proof-why-{why}") if why in set(Why) else held(why, LONGEST_REASON, UNITS)


def units(say: Speech, invoice: Invoice) -> str:
    """Return what an invoice asks for, in its own unit."""
    return say.units(invoice.units, invoice.unit)


def _short(name: str) -> str:
    return held(name, LONGEST_NAME, UNITS)
