"""What the owner set about taking money: what a Star is worth, how little and how much at once, the shop's terms."""

from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from shop import facts

# What Telegram pays out for a Star (https://telegram.org/tos/bot-developers, 6.3): about 0.013 US dollars.
STAR_VALUE_IN_DOLLARS = Decimal("0.013")


@dataclass(frozen=True, slots=True)
class Till:
    """Sums are in the shop's currency. `star_value` is that of one Star; None: nobody can pay in Stars."""

    star_value: Decimal | None = None
    minimum: Decimal = Decimal(1)  # of one top-up
    maximum: Decimal = Decimal(1000)
    referral_percent: Decimal = Decimal(0)  # of a friend's top-ups; 0 switches referrals off
    referral_days: int = 90  # counted from the friend's first message
    terms: str | None = None  # the owner's words behind /terms; None: the shop's own
    support: str | None = None  # the same behind /paysupport


_SUMS = ("star_value", "minimum", "maximum", "referral_percent")


async def read(session: AsyncSession, star_value: Decimal | None = None) -> Till:
    """Return what the owner set; until then the defaults, with `star_value` (STAR_VALUE of the settings) among them.

    Without either a Star is worth what Telegram pays, if the shop's currency is the dollar.
    """
    kept: dict[str, Any] = await facts.read(session, facts.TILL, {})
    chosen: dict[str, Any] = {
        name: Decimal(value) if name in _SUMS else value for name, value in kept.items() if value is not None
    }
    till = Till(**chosen)
    if till.star_value is not None:
        return till
    if star_value is None:
        currency = await facts.read(session, facts.CURRENCY, facts.DEFAULT_CURRENCY)
        star_value = STAR_VALUE_IN_DOLLARS if currency == "USD" else None
    return replace(till, star_value=star_value)


async def change(session: AsyncSession, **values: Any) -> None:
    """Set fields of the till; None goes back to the default."""
    kept: dict[str, Any] = await facts.lock(session, facts.TILL) or {}
    unknown = values.keys() - asdict(Till()).keys()
    if unknown:
        raise TypeError(f"the till knows nothing of {', '.join(sorted(unknown))}")
    kept |= {name: str(value) if isinstance(value, Decimal) else value for name, value in values.items()}
    await facts.write(session, facts.TILL, kept)
