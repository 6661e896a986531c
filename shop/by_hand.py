"""Paying by hand: a customer shows that an invoice is paid, and an owner decides, once, how much arrived.

What was shown is a proof (`db.tables.Proof`). While it waits, its invoice is claimed and does not expire.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from statistics import median

from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from db.tables import (
    Customer,
    Invoice,
    InvoiceState,
    NoticeKind,
    OwnerAct,
    Payment,
    PayWay,
    Proof,
    utc_now,
)
from shop import customers, notices, payments
from shop.errors import AlreadyClaimed, InvoiceGone
from shop.money import round_down
from shop.quantities import AmountUnreadable, parse_amount

HAND = "hand"  # the way's name
LIFETIME = timedelta(hours=24)
# Who paid in time may say so later; what the money is worth by then, an owner decides.
GRACE = timedelta(days=3)
UNIT_PLACES = 8  # as a Bitcoin has
MOST_PROOFS = 3  # of one invoice
MOST_PAYABLE = 2
LONGEST_WORDS = 300
SHORTEST_MARK = 6  # "paid" and "done" are said by everybody
MOST_ALIKE = 2
PAGE_SIZE = 8
DECISIONS_LOOKED_AT = 20
FEWEST_DECISIONS = 3


class Why(StrEnum):
    """Why an owner refuses, where it needs no words of their own."""

    NOT_ARRIVED = "not-arrived"
    UNCLEAR = "unclear"
    USED = "used"


@dataclass(frozen=True, slots=True)
class File:
    """A picture or a document at Telegram: sent again by `id`, known by `mark` however often it is sent."""

    kind: str
    id: str
    mark: str


@dataclass(frozen=True, slots=True)
class Alike:
    """Another invoice for which the same was shown; whose it is, and what became of it."""

    invoice_id: int
    customer: Customer
    state: InvoiceState


@dataclass(frozen=True, slots=True)
class Case:
    """A proof with what an owner decides on: the sums, the customer, what they paid before, the same shown before.

    `number` counts the invoice's proofs; `paid` is in the shop's currency; `owner` is who decided, as they are named.
    """

    proof: Proof
    invoice: Invoice
    customer: Customer
    way: str | None
    number: int
    payments: int
    paid: Decimal
    alike: tuple[Alike, ...]
    owner: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A page of the proofs that wait for a decision, the oldest first. `page` counts from 0."""

    proofs: Sequence[tuple[Proof, Invoice, Customer]]
    page: int
    pages: int
    count: int


# --- the customer ---------------------------------------------------------------------------------


async def may_claim(
    session: AsyncSession, invoice_id: int, customer_id: int, *, lock: bool = False, now: datetime | None = None
) -> Invoice:
    """Return the customer's invoice if a proof of its payment may be shown.

    Raises OnHold, InvoiceGone, AlreadyClaimed while one waits, TooManyClaimed.
    """
    await payments.require_not_held(session, customer_id)
    invoice = await payments.find_invoice(session, invoice_id, customer_id, lock=lock)
    if invoice.way != HAND or invoice.expires_at + GRACE <= (now or utc_now()):
        raise InvoiceGone
    if invoice.state is InvoiceState.CLAIMED:
        raise AlreadyClaimed
    if invoice.state not in {InvoiceState.OPEN, InvoiceState.EXPIRED, InvoiceState.REFUSED}:
        raise InvoiceGone
    if await _count_proofs(session, invoice_id) >= MOST_PROOFS:
        raise InvoiceGone
    await payments.require_few_claimed(session, customer_id, HAND)
    return invoice


async def list_payable(session: AsyncSession, customer_id: int, now: datetime | None = None) -> Sequence[Invoice]:
    """Return the customer's last invoices for which a proof may be shown, the newest first."""
    states = [InvoiceState.OPEN, InvoiceState.EXPIRED, InvoiceState.REFUSED]
    proofs = select(func.count()).where(col(Proof.invoice_id) == col(Invoice.id)).scalar_subquery()
    found = (
        select(Invoice)
        .where(
            col(Invoice.customer_id) == customer_id,
            col(Invoice.way) == HAND,
            col(Invoice.state).in_(states),
            col(Invoice.expires_at) > (now or utc_now()) - GRACE,
            proofs < MOST_PROOFS,
        )
        .order_by(col(Invoice.id).desc())
        .limit(MOST_PAYABLE)
    )
    return (await session.exec(found)).all()


async def take_proof(
    session: AsyncSession,
    invoice_id: int,
    customer_id: int,
    owners: Sequence[int],
    *,
    file: File | None = None,
    words: str | None = None,
    now: datetime | None = None,
) -> Invoice:
    """Keep what the customer shows and have every owner asked; return the invoice, which is claimed from now on.

    The same shown again while it waits changes nothing. Raises what `may_claim` raises.
    """
    now = now or utc_now()
    await customers.lock(session, customer_id)
    mark = file.mark if file else None
    try:
        invoice = await may_claim(session, invoice_id, customer_id, lock=True, now=now)
    except AlreadyClaimed:
        waiting = await _waiting_proof(session, invoice_id)
        if waiting is None or (waiting.file_mark, waiting.text) != (mark, words):
            raise
        return await payments.find_invoice(session, invoice_id, customer_id)
    proof = Proof(
        invoice_id=invoice_id,
        customer_id=customer_id,
        file_kind=file.kind if file else None,
        file_id=file.id if file else None,
        file_mark=mark,
        text=words,
        text_mark=_mark_of(words),
        created_at=now,
    )
    session.add(proof)
    invoice.state = InvoiceState.CLAIMED
    invoice.actor_id = invoice.reason = invoice.settled_at = None
    session.add(invoice)
    await session.flush()
    _tell_owners(session, proof, owners, now)
    return invoice


async def _waiting_proof(session: AsyncSession, invoice_id: int) -> Proof | None:
    waits = (col(Proof.invoice_id) == invoice_id, col(Proof.decided_at).is_(None))
    return (await session.exec(select(Proof).where(*waits))).first()


async def _count_proofs(session: AsyncSession, invoice_id: int) -> int:
    return (await session.exec(select(func.count()).where(col(Proof.invoice_id) == invoice_id))).one()


def _mark_of(words: str | None) -> str | None:
    """Return a reference without what typing it anew may change, None for one too short to tell payments apart."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKC", words or "").casefold() if sign.isalnum())
    return plain if len(plain) >= SHORTEST_MARK else None


async def usual_wait(session: AsyncSession) -> timedelta | None:
    """Return how long the last decisions took, as a rule; None while there are too few to tell."""
    decided = select(Proof).where(col(Proof.decided_at).is_not(None))
    last = (await session.exec(decided.order_by(col(Proof.id).desc()).limit(DECISIONS_LOOKED_AT))).all()
    waits = [(proof.decided_at - proof.created_at).total_seconds() for proof in last if proof.decided_at is not None]
    return timedelta(seconds=median(waits)) if len(waits) >= FEWEST_DECISIONS else None


# --- the owners -----------------------------------------------------------------------------------


async def case(session: AsyncSession, proof_id: int) -> Case:
    """Return a proof and the facts to decide it on. Raises InvoiceGone."""
    proof = await session.get(Proof, proof_id)
    if proof is None:
        raise InvoiceGone
    invoice = await session.get_one(Invoice, proof.invoice_id)
    way = await session.get(PayWay, int(invoice.choice)) if invoice.choice.isdecimal() else None
    earlier = select(func.count()).where(col(Proof.invoice_id) == proof.invoice_id, col(Proof.id) <= proof.id)
    paid = select(func.count(), func.sum(Payment.amount)).where(col(Payment.customer_id) == proof.customer_id)
    count, total = (await session.exec(paid)).one()
    owner = await session.get(Customer, proof.actor_id) if proof.actor_id is not None else None
    return Case(
        proof=proof,
        invoice=invoice,
        customer=await session.get_one(Customer, proof.customer_id),
        way=way.name if way else None,
        number=(await session.exec(earlier)).one(),
        payments=count,
        paid=Decimal(total or 0),
        alike=await _alike(session, proof),
        owner=owner.name if owner else str(proof.actor_id or ""),
    )


async def _alike(session: AsyncSession, proof: Proof) -> tuple[Alike, ...]:
    marks = [
        column == mark
        for column, mark in ((col(Proof.file_mark), proof.file_mark), (col(Proof.text_mark), proof.text_mark))
        if mark is not None
    ]
    if not marks:
        return ()
    same = (
        select(Invoice, Customer)
        .join(Customer, col(Customer.id) == col(Invoice.customer_id))
        .where(
            col(Invoice.id).in_(select(Proof.invoice_id).where(or_(*marks))),
            col(Invoice.id) != proof.invoice_id,
        )
        .order_by(col(Invoice.id))
        .limit(MOST_ALIKE)
    )
    return tuple(Alike(invoice.id, customer, invoice.state) for invoice, customer in (await session.exec(same)).all())


async def count_waiting(session: AsyncSession) -> int:
    """Return how many proofs wait for a decision."""
    return (await session.exec(select(func.count()).where(col(Proof.decided_at).is_(None)))).one()


async def list_waiting(session: AsyncSession, page: int = 0) -> Waiting:
    """Return a page (counted from 0) of the proofs that wait; a page past the end is the last one."""
    count = await count_waiting(session)
    pages = max(1, -(-count // PAGE_SIZE))
    page = min(max(page, 0), pages - 1)
    found = (
        select(Proof, Invoice, Customer)
        .join(Invoice, col(Invoice.id) == col(Proof.invoice_id))
        .join(Customer, col(Customer.id) == col(Proof.customer_id))
        .where(col(Proof.decided_at).is_(None))
        .order_by(col(Proof.id))
        .offset(page * PAGE_SIZE)
        .limit(PAGE_SIZE)
    )
    return Waiting((await session.exec(found)).all(), page, pages, count)


async def approve(
    session: AsyncSession,
    proof_id: int,
    actor_id: int,
    owners: Sequence[int],
    *,
    units: Decimal | None = None,
    amount: Decimal | None = None,
    now: datetime | None = None,
) -> tuple[Case, bool]:
    """Credit what arrived: the invoice's sum, or `amount` (currency) for `units`. Returns whether this call did it.

    A proof that was decided before, by whomever, stays as it is. Raises InvoiceGone, AmountTooLarge.
    """
    now = now or utc_now()
    proof, invoice = await _open(session, proof_id)
    if proof.decided_at is not None:
        return await case(session, proof_id), False
    units, amount = units or invoice.units, amount or invoice.amount
    await payments.receive(
        session,
        invoice.customer_id,
        HAND,
        f"invoice:{invoice.id}",
        units=units,
        unit=invoice.unit,
        amount=amount,
        invoice=invoice,
        now=now,
    )
    proof.amount = amount
    facts = {"units": f"{units:f}", "unit": invoice.unit, "amount": str(amount), "asked": str(invoice.amount)}
    return await _close(session, proof, invoice, "proof_approved", actor_id, owners, facts, now), True


def read_amount(text: str, invoice: Invoice, currency: str) -> tuple[Decimal, Decimal]:
    """Return (units, amount) of what an owner says to have arrived: a sum in the invoice's unit, or in the shop's own.

    A number alone is of the invoice's unit. The amount is worth what the invoice's rate makes of it, rounded down.
    Raises AmountUnreadable, also for nothing or less.
    """
    try:
        units = parse_amount(text, invoice.unit, places=UNIT_PLACES)
        amount = invoice.amount if units == invoice.units else round_down(payments.worth(invoice, units))
    except AmountUnreadable:
        if invoice.unit == currency:
            raise
        amount = parse_amount(text, currency)
        units = (invoice.units * amount / invoice.amount).quantize(Decimal(1).scaleb(-UNIT_PLACES))
    if units <= 0 or amount <= 0:
        raise AmountUnreadable
    return units, amount


async def refuse(
    session: AsyncSession,
    proof_id: int,
    actor_id: int,
    owners: Sequence[int],
    reason: str,
    now: datetime | None = None,
) -> tuple[Case, bool]:
    """Say that no money is found, and tell the customer why: `reason` is one of `Why`, or words.

    The customer may show another proof for a day at least. Returns and raises as `approve` does.
    """
    now = now or utc_now()
    proof, invoice = await _open(session, proof_id)
    if proof.decided_at is not None:
        return await case(session, proof_id), False
    proof.reason = reason
    invoice.state = InvoiceState.REFUSED
    invoice.settled_at = now
    invoice.expires_at = max(invoice.expires_at, now + LIFETIME)
    content = {
        "invoice": invoice.id,
        "units": f"{invoice.units:f}",
        "unit": invoice.unit,
        "reason": reason,
        "again": await _count_proofs(session, invoice.id) < MOST_PROOFS,
    }
    notices.enqueue(session, invoice.customer_id, NoticeKind.REFUSED, content=content, now=now)
    return await _close(session, proof, invoice, "proof_refused", actor_id, owners, {"reason": reason}, now), True


async def _open(session: AsyncSession, proof_id: int) -> tuple[Proof, Invoice]:
    """Lock a proof for a decision, the customer's row first. Raises InvoiceGone."""
    proof = await session.get(Proof, proof_id)
    if proof is None:
        raise InvoiceGone
    await customers.lock(session, proof.customer_id)
    await session.refresh(proof, with_for_update={"key_share": True})
    return proof, await payments.find_invoice(session, proof.invoice_id, None, lock=True)


async def _close(
    session: AsyncSession,
    proof: Proof,
    invoice: Invoice,
    act: str,
    actor_id: int,
    owners: Sequence[int],
    facts: dict[str, str],
    now: datetime,
) -> Case:
    proof.actor_id = invoice.actor_id = actor_id
    proof.decided_at = now
    invoice.reason = proof.reason
    session.add_all([proof, invoice])
    facts |= {"invoice": str(invoice.id), "proof": str(proof.id)}
    session.add(OwnerAct(actor_id=actor_id, act=act, customer_id=invoice.customer_id, facts=facts, created_at=now))
    _tell_owners(session, proof, owners, now)
    await session.flush()
    return await case(session, proof.id)


def _tell_owners(session: AsyncSession, proof: Proof, owners: Sequence[int], now: datetime) -> None:
    """Have each owner's card of the proof sent, or drawn anew where they have it."""
    for owner in owners:
        notices.enqueue(session, owner, NoticeKind.PROOF, content={"proof": proof.id}, now=now)


async def keep_card(session: AsyncSession, proof_id: int, owner_id: int, message_id: int) -> None:
    """Remember which message is an owner's card of the proof."""
    proof = await session.get_one(Proof, proof_id, with_for_update={"key_share": True})
    proof.cards = proof.cards | {str(owner_id): message_id}
    session.add(proof)
