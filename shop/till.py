"""What the owner set about taking money: what a Star is worth, how little and how much at once, the shop's terms."""

from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from db.tables import OwnerAct
from shop import facts
from shop.errors import ValueOutOfRange
from shop.money import SMALLEST_SUM

# What Telegram pays out for a Star (https://telegram.org/tos/bot-developers, 6.3): about 0.013 US dollars.
STAR_VALUE_IN_DOLLARS = Decimal("0.013")
SMALLEST_STAR_VALUE = Decimal("0.000001")
LARGEST_SUM = Decimal(1_000_000)
LONGEST_TEXT = 3000  # UTF-16 units: what stands around it in a message finds room (4096, Bot API, sendMessage)


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
    return await _complete(session, await facts.read(session, facts.TILL, {}), star_value)


async def propose(session: AsyncSession, values: dict[str, Any], star_value: Decimal | None = None) -> Till:
    """Return what `read` would after a `change` to these values. Raises ValueOutOfRange like that."""
    return await _complete(session, _changed(await facts.read(session, facts.TILL, {}), values), star_value)


async def is_set(session: AsyncSession, name: str) -> bool:
    """Whether an owner set this field."""
    return (await facts.read(session, facts.TILL, {})).get(name) is not None


async def change(session: AsyncSession, *, actor_id: int | None = None, **values: Any) -> None:
    """Set fields of the till; None goes back to the default. What an owner changes is written down.

    Raises ValueOutOfRange for a sum that does not fit the others.
    """
    before: dict[str, Any] = await facts.lock(session, facts.TILL) or {}
    after = _changed(before, values)
    if actor_id is not None:
        told = {name: {"before": before.get(name), "after": after[name]} for name in values}
        session.add(OwnerAct(actor_id=actor_id, act="till", facts=told))
    await facts.write(session, facts.TILL, after)


async def _complete(session: AsyncSession, kept: dict[str, Any], star_value: Decimal | None) -> Till:
    till = _of_kept(kept)
    if till.star_value is not None:
        return till
    if star_value is None:
        currency = await facts.read(session, facts.CURRENCY, facts.DEFAULT_CURRENCY)
        star_value = STAR_VALUE_IN_DOLLARS if currency == "USD" else None
    return replace(till, star_value=star_value)


def _changed(kept: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept with these values set. Raises ValueOutOfRange."""
    unknown = values.keys() - asdict(Till()).keys()
    if unknown:
        raise TypeError(f"the till knows nothing of {', '.join(sorted(unknown))}")
    after = kept | {name: str(value) if isinstance(value, Decimal) else value for name, value in values.items()}
    till = _of_kept(after)
    limits = {
        "star_value": (SMALLEST_STAR_VALUE, LARGEST_SUM),
        "minimum": (SMALLEST_SUM, till.maximum),
        "maximum": (till.minimum, LARGEST_SUM),
    }
    for name in values.keys() & limits.keys():
        least, most = limits[name]
        if getattr(till, name) is not None and not least <= getattr(till, name) <= most:
            raise ValueOutOfRange(least, most)
    return after


def _of_kept(kept: dict[str, Any]) -> Till:
    chosen: dict[str, Any] = {
        name: Decimal(value) if name in _SUMS else value for name, value in kept.items() if value is not None
    }
    return Till(**chosen)
