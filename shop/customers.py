"""Who the customers are: known from their first message, spoken to in their language, left alone or put on hold."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from db.tables import Customer, OwnerAct, utc_now
from shop import referrals

SEEN_EVERY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Person:
    """Someone as Telegram describes them in an update."""

    id: int
    name: str
    username: str | None = None
    language: str | None = None


async def find(session: AsyncSession, customer_id: int) -> Customer | None:
    """Return the customer, or None before their first message."""
    return await session.get(Customer, customer_id)


async def lock(session: AsyncSession, customer_id: int) -> Customer | None:
    """Return the customer for a change, None before their first message: until the transaction ends, nobody else may.

    Of all locks this one comes first, so that no two wait for each other.
    """
    return await session.get(Customer, customer_id, with_for_update={"key_share": True}, populate_existing=True)


def is_current(customer: Customer, person: Person, now: datetime) -> bool:
    """Whether what is known of the customer still holds, so that nothing has to be written."""
    return (
        customer.name == person.name
        and customer.username == person.username
        and customer.telegram_language == person.language
        and customer.blocked_at is None
        and now - customer.seen_at < SEEN_EVERY
    )


async def welcome(
    session: AsyncSession, person: Person, now: datetime | None = None, *, inviter_id: int | None = None
) -> Customer:
    """Return the customer of an update, created or brought up to date. Two first messages at once are one customer.

    Whose link they came by (`inviter_id`) counts for somebody new only.
    """
    now = now or utc_now()
    customer = await session.get(Customer, person.id, with_for_update={"key_share": True})
    if customer is None:
        customer = Customer(id=person.id, created_at=now, seen_at=now)
        if inviter_id is not None and await referrals.may_invite(session, inviter_id, person.id):
            customer.referrer_id = inviter_id
        try:
            async with session.begin_nested():
                session.add(customer)
        except IntegrityError:
            customer = await session.get_one(Customer, person.id, with_for_update={"key_share": True})
    customer.name = person.name
    customer.username = person.username
    customer.telegram_language = person.language
    customer.blocked_at = None
    customer.seen_at = now
    session.add(customer)
    return customer


async def choose_language(session: AsyncSession, customer_id: int, language: str | None) -> None:
    """Speak `language` to the customer from now on; None follows Telegram's."""
    await session.exec(update(Customer).where(col(Customer.id) == customer_id).values(language=language))


async def switch_notices(
    session: AsyncSession,
    customer_id: int,
    *,
    card_updates: bool | None = None,
    end_messages: bool | None = None,
) -> Customer:
    """Turn the live card's updates or the end messages on or off; None leaves one as it is."""
    customer = await session.get_one(Customer, customer_id, with_for_update={"key_share": True})
    if card_updates is not None:
        customer.card_updates = card_updates
    if end_messages is not None:
        customer.end_messages = end_messages
    session.add(customer)
    return customer


async def mark_blocked(session: AsyncSession, customer_id: int, now: datetime | None = None) -> None:
    """Remember that the chat cannot be written to until the customer comes back."""
    await session.exec(update(Customer).where(col(Customer.id) == customer_id).values(blocked_at=now or utc_now()))


async def hold(
    session: AsyncSession, customer_id: int, actor_id: int, *, held: bool, now: datetime | None = None
) -> Customer | None:
    """Put a customer on hold, or let them go: on hold they neither order nor pay; what is under way goes on.

    Returns the customer, None for someone unknown. One who stands so already is left, and nothing is written down.
    """
    customer = await lock(session, customer_id)
    if customer is None or (customer.held_at is not None) == held:
        return customer
    now = now or utc_now()
    facts = {"held_since": customer.held_at.isoformat() if customer.held_at else None, "balance": str(customer.balance)}
    customer.held_at = now if held else None
    session.add(customer)
    act = "customer_held" if held else "customer_let_go"
    session.add(OwnerAct(actor_id=actor_id, act=act, customer_id=customer_id, facts=facts, created_at=now))
    return customer
