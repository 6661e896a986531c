"""By hand: an owner's card, wallet or desk takes the money, and an owner says that it arrived (`shop.by_hand`)."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil

from babel.numbers import is_currency
from sqlmodel.ext.asyncio.session import AsyncSession

from db.engine import Database
from db.tables import Invoice, Payment, PayWay, utc_now
from shop import pay_ways, payments
from shop.by_hand import HAND, LIFETIME
from shop.errors import WayClosed
from shop.money import SMALLEST_SUM, round_up
from shop.policy import Policy
from shop.till import Till
from texts import Speech
from ways.way import Bill, Offer

SMALLEST_PART = Decimal("0.01")
FINEST_PART = Decimal("0.00000001")


class ByHand:
    """Paying in one of the ways the owners described; each is an offer of its own."""

    name = HAND
    lifetime = LIFETIME
    sends_back = False  # whoever asks for a return sends it themselves

    async def offers(self, session: AsyncSession, till: Till, say: Speech) -> Sequence[Offer]:
        """Return the ways that are on, each with the least it takes."""
        ways = [way for way in await pay_ways.list_all(session) if way.off_at is None]
        return [Offer(HAND, str(way.id), _label(say, way), round_up(way.minimum * way.rate)) for way in ways]

    async def price(self, db: Database, till: Till, amount: Decimal, choice: str) -> tuple[Decimal, str]:
        """Return the units at the owner's rate, rounded up to the smallest part that is paid. Raises WayClosed."""
        way = await _way(db, choice)
        if way.off_at is not None:
            raise WayClosed
        part = smallest_part(way.unit, way.rate)
        return part * ceil(Fraction(amount) / Fraction(way.rate) / Fraction(part)), way.unit

    async def bill(self, db: Database, invoice: Invoice, say: Speech) -> Bill:
        """Return the owner's words, with what is to be copied. Raises WayClosed once they are gone."""
        way = await _way(db, invoice.choice)
        units = f"{invoice.units:f}"
        lines = [say("verbatim", text=way.text)]
        copies = [(f"📋 {units}", units)]
        if way.address is not None:
            lines.append(say("hand-address", address=way.address))
            copies.insert(0, (say.label("button-copy-address"), way.address))
        lines += ["", say("hand-then")]
        return Bill(text="\n".join(lines), copies=tuple(copies), takes_claim=True)

    async def collect(self, db: Database, policy: Policy) -> bool:
        """Close what nobody said to have paid in time."""
        async with db.begin() as session:
            await payments.expire_invoices(session, HAND, utc_now())
        return False

    async def send_back(self, payment: Payment) -> None:
        """Do nothing: the owner sends it by hand."""


def smallest_part(unit: str, rate: Decimal) -> Decimal:
    """Return what sums of a unit are rounded to: 0.01, finer for a coin so dear that 0.01 of it would be real money."""
    part = SMALLEST_PART
    while not is_currency(unit) and part * rate > 10 * SMALLEST_SUM and part > FINEST_PART:
        part /= 10
    return part


def _label(say: Speech, way: PayWay) -> str:
    if not way.minimum:
        return way.name
    return say.label("way-hand", name=way.name, least=f"{way.minimum.normalize():f} {way.unit}")


async def _way(db: Database, choice: str) -> PayWay:
    """Return the owner's way an offer named. Raises WayClosed."""
    async with db.read() as session:
        way = await session.get(PayWay, int(choice)) if choice.isdecimal() else None
    if way is None:
        raise WayClosed
    return way
