"""Asking a provider what became of its invoices: which are due, and how soon again.

A provider tells of payments by itself, or not: its webhook is not set up, the store was down. So invoices are asked
about too, often while somebody is likely to be paying, and for a day after they were closed: they may have been paid
in the last moment. What is found goes through `shop.payments`.
"""

from datetime import datetime, timedelta

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from db.tables import Invoice, InvoiceState

SOON = timedelta(seconds=5)
FRESH = timedelta(minutes=10)
OPEN_EVERY = timedelta(minutes=1)
CLOSED_EVERY = timedelta(minutes=10)
AFTERWARDS = timedelta(days=1)


def next_check(invoice: Invoice, now: datetime) -> datetime | None:
    """Return when to ask about an invoice after a check at `now`; None for never again."""
    if invoice.state is InvoiceState.PAID or now >= invoice.expires_at + AFTERWARDS:
        return None
    if invoice.state is not InvoiceState.OPEN:
        return now + CLOSED_EVERY
    return now + (SOON if now < invoice.created_at + FRESH else OPEN_EVERY)


async def is_anything_due(session: AsyncSession, way: str, now: datetime) -> bool:
    """Whether an invoice of this way is to be asked about, or its time is over."""
    overdue = (col(Invoice.state) == InvoiceState.OPEN) & (col(Invoice.expires_at) <= now)
    due = select(Invoice.id).where(col(Invoice.way) == way, or_(col(Invoice.next_check_at) <= now, overdue)).limit(1)
    return (await session.exec(due)).first() is not None


async def claim(session: AsyncSession, way: str, now: datetime, limit: int) -> list[Invoice]:
    """Return the invoices of this way that are due, the longest overdue first, each put off to its next check.

    Whoever claimed them dies without an answer: then the next check finds what this one would have.
    """
    due = (
        select(Invoice)
        .where(col(Invoice.way) == way, col(Invoice.next_check_at) <= now)
        .order_by(col(Invoice.next_check_at))
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    claimed = list((await session.exec(due)).all())
    for invoice in claimed:
        invoice.next_check_at = next_check(invoice, now)
        session.add(invoice)
    return claimed
