"""What a way to pay has to do. A new one is a module with a class of this shape and a line in `bot.ways`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from sqlmodel.ext.asyncio.session import AsyncSession

from db.engine import Database
from db.tables import Invoice, Payment
from shop.policy import Policy
from shop.till import Till
from texts import Speech


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing a customer can choose to pay with. `choice` (at most 20 bytes) tells a way's offers apart.

    `label` goes on a button as it is; `least` and `most` bound a top-up (currency) beside the till's own.
    """

    way: str
    choice: str
    label: str
    least: Decimal = Decimal(0)
    most: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Bill:
    """How an invoice is paid: at `url`, or as `text` (Telegram HTML) says; `reference` is the provider's name of it.

    `copies` are texts the customer will want on the clipboard, as (label, text).
    """

    url: str | None = None
    reference: str | None = None
    text: str = ""
    copies: tuple[tuple[str, str], ...] = ()
    takes_claim: bool = False  # the customer says when it is paid, with a picture or a reference
    check_at: datetime | None = None  # when the provider is first asked whether it was paid


class Way(Protocol):
    """A way to pay. Calls of a provider are made with no transaction open and may raise what they like."""

    name: str  # kept with every invoice and payment: never changes
    lifetime: timedelta  # of an invoice
    sends_back: bool  # False: owners return a payment themselves, and say so; `send_back` is never called then

    async def offers(self, session: AsyncSession, till: Till, say: Speech) -> Sequence[Offer]:
        """Return what can be paid with now; nothing while the way is off."""

    async def price(self, db: Database, till: Till, amount: Decimal, choice: str) -> tuple[Decimal, str]:
        """Return (units, unit) to pay for `amount` (currency) at this moment's rate. Raises WayClosed."""

    async def bill(self, db: Database, invoice: Invoice, say: Speech) -> Bill:
        """Have the provider ask for the money; a repeated call for one invoice asks once."""

    async def collect(self, db: Database, policy: Policy) -> bool:
        """Look for money that arrived unannounced and credit it; return whether more is to be looked at now."""

    async def send_back(self, payment: Payment) -> None:
        """Return a payment to where it came from; sent back before is success.

        Raises RefundRefused for "never", RefundLater when the provider asks for patience. Whatever else is raised is
        tried again.
        """
