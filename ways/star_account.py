"""The bot's account of Stars, read page by page: what was paid or sent back, and no update told the store of.

How far the list was read is a fact that all workers share; one of them reads at a time. A little of it is read again
each time, in case something was entered late.
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import structlog
from aiogram import Bot
from aiogram.types import StarTransaction, TransactionPartnerUser

from db.engine import Database
from db.tables import RefundState, utc_now
from shop import facts, notices, payments, returns
from shop.policy import Policy
from shop.steps import step

log = structlog.get_logger(__name__)

EVERY = timedelta(seconds=60)
# For one page, the call and what is written; a worker that died in the middle is waited for as long.
LEASE = timedelta(seconds=60)
ANSWER_SECONDS = 20
PAGE_SIZE = 100  # the most (Bot API, getStarTransactions)
READ_AGAIN = 50
CLOCKS_DIFFER = timedelta(minutes=10)
INVOICE_PAYMENT = "invoice_payment"


@dataclass(frozen=True, slots=True)
class Position:
    """How far the account of `bot` was read: so many transactions, the oldest first; `more` came after them.

    Nobody but the worker `by` reads on before `next_at`. What happened before `since` is no affair of the shop's: the
    bot may have sold other things then.
    """

    bot: int
    by: str
    since: str
    next_at: str
    read: int = 0
    more: bool = False

    @property
    def start(self) -> int:
        """Return how many transactions come before the next page."""
        return self.read if self.more else max(self.read - READ_AGAIN, 0)


class StarAccount:
    """Reads the account for one worker; any number of them may share a database."""

    def __init__(self, bot: Bot, way: str, unit: str) -> None:
        """Credit what was paid to `bot` as payments of `way`, in `unit`."""
        self._bot = bot
        self._way = way
        self._unit = unit
        self._worker = uuid4().hex
        self._starting = True

    async def take_turn(self, db: Database, now: datetime) -> Position | None:
        """Claim the next page; None while it is not time, or somebody else's turn. A start waits for neither."""
        async with db.read() as session:  # mostly it is not time, and no write lock is taken
            if not self._is_due(await facts.read(session, facts.STARS_READ), now):
                return None
        async with db.begin() as session:
            kept = await facts.lock(session, facts.STARS_READ)
            if not self._is_due(kept, now):
                return None
            if kept is None or kept["bot"] != self._bot.id:
                kept = {"bot": self._bot.id, "since": (now - CLOCKS_DIFFER).isoformat()}
            position = Position(**(kept | {"by": self._worker, "next_at": (now + LEASE).isoformat()}))
            await facts.write(session, facts.STARS_READ, asdict(position), now)
        step("stars.claimed")
        return position

    def _is_due(self, kept: dict[str, Any] | None, now: datetime) -> bool:
        return self._starting or kept is None or datetime.fromisoformat(kept["next_at"]) <= now

    async def read_page(self, db: Database, policy: Policy, position: Position) -> bool:
        """Read a page, credit what is missing and note what went back; return whether there is more to read now."""
        answer = await self._bot.get_star_transactions(
            offset=position.start, limit=PAGE_SIZE, request_timeout=ANSWER_SECONDS
        )
        page = answer.transactions
        async with db.read() as session:
            known = await payments.known_charges(session, self._way, [each.id for each in page])
        since = datetime.fromisoformat(position.since)
        strange = []
        for place, transaction in enumerate(page, position.start):
            if transaction.date < since or not _is_news(transaction, known):
                continue
            if not await self._take_in(db, transaction, policy) and place >= position.read:
                strange.append(transaction)
        step("stars.taken-in")
        self._starting = False
        return await self._keep(db, position, len(page), strange, policy)

    async def _take_in(self, db: Database, transaction: StarTransaction, policy: Policy) -> bool:
        """Write down what happened, in a transaction of its own; return False for a payment that names no invoice."""
        partner = transaction.source or transaction.receiver
        assert isinstance(partner, TransactionPartnerUser)  # noqa: S101 - nothing else is news
        async with db.begin() as session:
            if transaction.receiver is not None:
                if await returns.note_return(session, self._way, transaction.id, policy) is not None:
                    log.info("payment.return_found", charge=transaction.id)
                return True
            token = partner.invoice_payload or ""
            invoice = await payments.by_token(session, token)
            if invoice is None:
                return False
            # An affiliate's part is taken off the amount; an invoice in Stars is paid whole or not at all.
            units = invoice.units if partner.affiliate else Decimal(transaction.amount)
            found = await payments.receive_for_token(
                session, partner.user.id, self._way, transaction.id, token, units=units, unit=self._unit
            )
            step("stars.crediting")
        if found is not None:
            log.warning("payment.found", payment=found.id, charge=transaction.id)
        return True

    async def _keep(
        self, db: Database, position: Position, count: int, strange: list[StarTransaction], policy: Policy
    ) -> bool:
        """Remember how far it was read, and tell the owners, once, of payments that name no invoice of the shop's."""
        now = utc_now()
        more = count == PAGE_SIZE
        next_at = now if more else now + EVERY
        after = replace(position, read=position.start + count, more=more, next_at=next_at.isoformat())
        async with db.begin() as session:
            kept = await facts.lock(session, facts.STARS_READ)
            if kept is None or kept["by"] != self._worker:
                return False  # slower than the lease: another worker has read it meanwhile
            for each in strange:
                payer = each.source.user.id if isinstance(each.source, TransactionPartnerUser) else 0
                paid = {"units": each.amount, "charge": each.id, "payer": payer}
                notices.alert(session, policy.owners, "payment-of-nothing", now=now, **paid)
            await facts.write(session, facts.STARS_READ, asdict(after), now)
        return more


def _is_news(transaction: StarTransaction, known: dict[str, RefundState | None]) -> bool:
    """Whether it is an invoice paid, or its money sent back, and not written down; `known` are the charges that are."""
    partner = transaction.source or transaction.receiver
    if not isinstance(partner, TransactionPartnerUser) or partner.transaction_type != INVOICE_PAYMENT:
        return False
    if transaction.receiver is not None:
        return known.get(transaction.id) is not RefundState.DONE
    return transaction.id not in known
