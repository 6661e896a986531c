"""Ways to pay by hand, as the owners describe them. Each change is written down with what was before and after.

A way is added switched off, so that it is looked at before customers see it, and deleted only when it is off again.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlmodel import col, exists, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from db.tables import Invoice, InvoiceState, OwnerAct, PayWay, utc_now
from shop.by_hand import HAND, UNIT_PLACES
from shop.errors import PayWayGone, PayWayInUse, PayWayOn, RuleUnread
from shop.names import clean
from shop.quantities import AmountUnreadable, parse_amount

LONGEST_NAME = 30
LONGEST_ADDRESS = 200
LONGEST_TEXT = 1000
RATE_PLACES = 10
LARGEST = Decimal(10) ** 12
NOTHING = "-"  # typed for "there is none"
STARS_UNIT = "XTR"  # paid in by no hand
RULE = "digital_goods_rule"


class Field(StrEnum):
    """What there is to say of a way; each value is the column's name."""

    NAME = "name"
    UNIT = "unit"
    RATE = "rate"
    MINIMUM = "minimum"
    ADDRESS = "address"
    TEXT = "text"


class FieldUnreadable(ValueError):
    """Not an answer to what was asked."""


def read_field(field: Field, written: str, unit: str, currency: str) -> str | Decimal | None:
    """Return what an owner wrote for a field of a way that is paid in `unit`, in a shop of this `currency`.

    Raises FieldUnreadable.
    """
    words = written.strip()
    match field:
        case Field.NAME:
            return _within(clean(words), LONGEST_NAME)
        case Field.UNIT:
            code = words.upper()
            if not re.fullmatch(r"[A-Z0-9]{2,10}", code) or code == STARS_UNIT:
                raise FieldUnreadable
            return code
        case Field.RATE:
            rate = _number(words, currency, RATE_PLACES)
            if rate == 0:
                raise FieldUnreadable
            return rate
        case Field.MINIMUM:
            return _number(words, unit, UNIT_PLACES)
        case Field.ADDRESS:
            return None if words == NOTHING else _within(clean(words), LONGEST_ADDRESS)
        case Field.TEXT:
            return _within(words, LONGEST_TEXT)


def _within(words: str, longest: int) -> str:
    if not 1 <= len(words) <= longest:
        raise FieldUnreadable
    return words


def _number(words: str, unit: str, places: int) -> Decimal:
    try:
        number = parse_amount(words, unit, places=places)
    except AmountUnreadable:
        raise FieldUnreadable from None
    if not 0 <= number <= LARGEST:
        raise FieldUnreadable
    return number


def asked_with(field: Field) -> tuple[Field, ...]:
    """Return what has to be asked for to change a field: what is counted in a currency goes with the currency."""
    return (Field.UNIT, Field.RATE, Field.MINIMUM) if field is Field.UNIT else (field,)


def read_answers(answers: Mapping[str, str], unit: str, currency: str) -> dict[Field, Any]:
    """Return what was typed for fields, by their names, as a way's values; `unit` is the way's until it is typed anew.

    A way in the shop's own `currency` has a rate of 1, unless another is typed. Raises FieldUnreadable.
    """
    unit = answers.get(Field.UNIT, unit).strip().upper()
    values: dict[Field, Any] = {
        field: read_field(field, answers[field], unit, currency) for field in Field if field in answers
    }
    if values.get(Field.UNIT) == currency:
        values.setdefault(Field.RATE, Decimal(1))
    return values


async def list_all(session: AsyncSession, *, lock: bool = False) -> Sequence[PayWay]:
    """Return every way, in the order customers see them."""
    query = select(PayWay).order_by(col(PayWay.position), col(PayWay.id))
    return (await session.exec(query.with_for_update(key_share=True) if lock else query)).all()


async def find(session: AsyncSession, way_id: int, *, lock: bool = False) -> PayWay:
    """Return a way. Raises PayWayGone."""
    way = await session.get(PayWay, way_id, with_for_update={"key_share": True} if lock else None)
    if way is None:
        raise PayWayGone
    return way


async def add(session: AsyncSession, actor_id: int, values: Mapping[Field, Any], now: datetime | None = None) -> PayWay:
    """Add a way with a value of every field but the optional address, switched off, after the others."""
    now = now or utc_now()
    last = (await session.exec(select(func.max(PayWay.position)))).one()
    way = PayWay(
        **{field.value: value for field, value in values.items()}, position=(last or 0) + 1, off_at=now, created_at=now
    )
    session.add(way)
    await session.flush()
    _write_down(session, actor_id, "pay_way_added", way, {}, now)
    return way


async def change(
    session: AsyncSession, way_id: int, actor_id: int, values: Mapping[Field, Any], now: datetime | None = None
) -> PayWay:
    """Change fields of a way; invoices that are open keep their sums. Raises PayWayGone."""
    way = await find(session, way_id, lock=True)
    before = _facts(way)
    for field, value in values.items():
        setattr(way, field, value)
    session.add(way)
    _write_down(session, actor_id, "pay_way_changed", way, before, now)
    return way


async def switch_on(
    session: AsyncSession, way_id: int, actor_id: int, *, rule_read: bool = False, now: datetime | None = None
) -> PayWay:
    """Let customers pay in this way.

    Raises PayWayGone, and RuleUnread until an owner once said (`rule_read`) that the rule about digital goods is known.
    """
    way = await find(session, way_id, lock=True)
    known = (await session.exec(select(exists().where(col(OwnerAct.act) == RULE)))).one()
    if not known and not rule_read:
        raise RuleUnread
    if not known:
        session.add(OwnerAct(actor_id=actor_id, act=RULE, created_at=now or utc_now()))
    if way.off_at is None:
        return way
    before = _facts(way)
    way.off_at = None
    session.add(way)
    _write_down(session, actor_id, "pay_way_on", way, before, now)
    return way


async def switch_off(session: AsyncSession, way_id: int, actor_id: int, now: datetime | None = None) -> PayWay:
    """Offer this way no more; what is open goes on. Raises PayWayGone."""
    way = await find(session, way_id, lock=True)
    if way.off_at is not None:
        return way
    before = _facts(way)
    way.off_at = now or utc_now()
    session.add(way)
    _write_down(session, actor_id, "pay_way_off", way, before, now)
    return way


async def move_up(session: AsyncSession, way_id: int, actor_id: int, now: datetime | None = None) -> Sequence[PayWay]:
    """Put a way before the one above it; return them all. Raises PayWayGone."""
    ways = list(await list_all(session, lock=True))
    place = next((place for place, way in enumerate(ways) if way.id == way_id), None)
    if place is None:
        raise PayWayGone
    before = _facts(ways[place])
    if place > 0:
        ways[place - 1], ways[place] = ways[place], ways[place - 1]
    for position, way in enumerate(ways):
        way.position = position
        session.add(way)
    _write_down(session, actor_id, "pay_way_moved", ways[max(place - 1, 0)], before, now)
    return ways


async def delete(session: AsyncSession, way_id: int, actor_id: int, now: datetime | None = None) -> None:
    """Forget a way. Raises PayWayGone, PayWayOn, and PayWayInUse while customers pay or wait for an answer."""
    way = await find(session, way_id, lock=True)
    if way.off_at is None:
        raise PayWayOn
    alive = col(Invoice.state).in_([InvoiceState.OPEN, InvoiceState.CLAIMED])
    of_it = (col(Invoice.way) == HAND, col(Invoice.choice) == str(way_id), alive)
    if (await session.exec(select(exists().where(*of_it)))).one():
        raise PayWayInUse
    _write_down(session, actor_id, "pay_way_deleted", way, _facts(way), now, after={})
    await session.delete(way)
    await session.flush()


def _facts(way: PayWay) -> dict[str, Any]:
    values = {field.value: getattr(way, field) for field in Field}
    plain = {name: f"{value:f}" if isinstance(value, Decimal) else value for name, value in values.items()}
    return plain | {"position": way.position, "on": way.off_at is None}


def _write_down(
    session: AsyncSession,
    actor_id: int,
    act: str,
    way: PayWay,
    before: dict[str, Any],
    now: datetime | None,
    *,
    after: dict[str, Any] | None = None,
) -> None:
    facts = {"way": way.id, "before": before, "after": _facts(way) if after is None else after}
    session.add(OwnerAct(actor_id=actor_id, act=act, facts=facts, created_at=now or utc_now()))
