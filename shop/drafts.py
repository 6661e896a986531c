"""A draft: an order being put together step by step, kept in the database so that nothing typed is ever lost.

Each step checks what was given against the service as it is on sale at that moment. What is asked next is read off
the draft itself, so a journey goes on after a restart, on another phone, or from an old message.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from db.tables import Draft, Order, utc_now
from shop import wallet
from shop.catalogue import Listing, read_listing
from shop.errors import (
    CommentsOutOfRange,
    DraftGone,
    PlanOutOfRange,
    QuantityOutOfRange,
)
from shop.links import LinkProblem, LinkReason, parse_link

MAX_RUNS = 1000
MAX_INTERVAL = 10_080  # minutes: a week
KEPT_IN_MIND = timedelta(days=3)


class Step(StrEnum):
    """What a draft needs next."""

    LINK = "link"
    QUANTITY = "quantity"
    PLAN = "plan"
    COMMENTS = "comments"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True)
class Quote:
    """What the confirm card shows, and the `token` its button carries. Amounts in the shop's currency."""

    price: Decimal
    balance: Decimal
    total: int
    token: str

    @property
    def missing(self) -> Decimal:
        """What the wallet lacks; 0 when it holds enough."""
        return max(self.price - self.balance, Decimal(0))


def next_step(draft: Draft, listing: Listing) -> Step:
    """Return what is still to be asked; a value that no longer fits the service's limits is asked for again."""
    if draft.link is None:
        return Step.LINK
    if listing.kind.takes_comments:
        return Step.CONFIRM if draft.quantity is not None and _comments_fit(draft, listing) else Step.COMMENTS
    if listing.kind.is_flat:
        return Step.CONFIRM
    if draft.quantity is None or not listing.minimum <= draft.quantity <= listing.maximum:
        return Step.QUANTITY
    if draft.drip and (draft.runs is None or draft.interval is None):
        return Step.PLAN
    if draft.drip and draft.quantity * (draft.runs or 1) > listing.maximum:
        return Step.PLAN
    return Step.CONFIRM


def _comments_fit(draft: Draft, listing: Listing) -> bool:
    if listing.kind.is_flat:
        return bool(draft.comments)
    return listing.minimum <= len(draft.comments) <= listing.maximum


def runs_possible(draft: Draft, listing: Listing) -> int:
    """Return how many runs of the draft's quantity the service's maximum allows (panel-api §5: hold both within)."""
    return min(listing.maximum // max(draft.quantity or 1, 1), MAX_RUNS)


async def start(session: AsyncSession, customer_id: int, listing: Listing, now: datetime | None = None) -> Draft:
    """Begin an order of the service."""
    draft = Draft(customer_id=customer_id, service_id=listing.id, created_at=now or utc_now())
    session.add(draft)
    await session.flush()
    return draft


async def find(session: AsyncSession, draft_id: int, customer_id: int, *, lock: bool = False) -> Draft:
    """Return an unconfirmed draft of the customer's. Raises DraftGone."""
    query = select(Draft).where(
        col(Draft.id) == draft_id, col(Draft.customer_id) == customer_id, col(Draft.confirmed_at).is_(None)
    )
    draft = (await session.exec(query.with_for_update(key_share=True) if lock else query)).first()
    if draft is None:
        raise DraftGone
    return draft


async def by_token(session: AsyncSession, token: str, customer_id: int) -> Draft:
    """Return the unconfirmed draft of a confirm card. Raises DraftGone."""
    draft = (await session.exec(select(Draft).where(col(Draft.token) == token))).first()
    if draft is None or draft.customer_id != customer_id or draft.confirmed_at is not None:
        raise DraftGone
    return draft


async def like_order(session: AsyncSession, order: Order, now: datetime | None = None) -> Draft:
    """Begin an order like one of the customer's earlier ones; what no longer fits will be asked for."""
    draft = Draft(
        customer_id=order.customer_id,
        service_id=order.service_id,
        link=order.link,
        quantity=len(order.comments) or order.quantity,
        comments=list(order.comments),
        drip=order.runs is not None,
        runs=order.runs,
        interval=order.interval,
        created_at=now or utc_now(),
    )
    session.add(draft)
    await session.flush()
    return draft


async def give_link(session: AsyncSession, draft_id: int, customer_id: int, text: str, listing: Listing) -> Draft:
    """Take the link (or @username) the customer sent.

    Raises LinkProblem; a well-formed link of another platform is kept aside, for `insist_on_link`.
    """
    draft = await find(session, draft_id, customer_id, lock=True)
    draft.link = draft.foreign_link = None
    draft.link = parse_link(text, listing.platform).url
    session.add(draft)
    return draft


async def keep_foreign_link(
    session: AsyncSession, draft_id: int, customer_id: int, text: str, listing: Listing, problem: LinkProblem
) -> bool:
    """Keep a link that only seems to be of the wrong platform until it is insisted on; return whether it was kept."""
    if problem.reason is not LinkReason.FOREIGN:
        return False
    draft = await find(session, draft_id, customer_id, lock=True)
    draft.foreign_link = parse_link(text, listing.platform, insist=True).url
    session.add(draft)
    return True


async def insist_on_link(session: AsyncSession, draft_id: int, customer_id: int) -> Draft:
    """Use the link of another platform all the same. Raises DraftGone when none waits."""
    draft = await find(session, draft_id, customer_id, lock=True)
    if draft.foreign_link is None:
        raise DraftGone
    draft.link, draft.foreign_link = draft.foreign_link, None
    session.add(draft)
    return draft


async def give_quantity(
    session: AsyncSession, draft_id: int, customer_id: int, quantity: int, listing: Listing
) -> Draft:
    """Take the quantity (of each run, for a drip-feed). Raises QuantityOutOfRange."""
    draft = await find(session, draft_id, customer_id, lock=True)
    most = listing.maximum // 2 if draft.drip else listing.maximum
    if not listing.minimum <= quantity <= most:
        raise QuantityOutOfRange(quantity, listing.minimum, most)
    draft.quantity = quantity
    draft.runs = draft.interval = None
    session.add(draft)
    return draft


async def switch_drip(session: AsyncSession, draft_id: int, customer_id: int, listing: Listing) -> Draft:
    """Turn the drip-feed on or off; the quantity is asked for again, because it means something else then."""
    draft = await find(session, draft_id, customer_id, lock=True)
    draft.drip = not draft.drip and can_drip(listing)
    draft.quantity = draft.runs = draft.interval = None
    session.add(draft)
    return draft


def can_drip(listing: Listing) -> bool:
    """Whether the service takes a drip-feed of at least two runs."""
    return listing.dripfeed and listing.minimum * 2 <= listing.maximum


async def give_plan(
    session: AsyncSession, draft_id: int, customer_id: int, runs: int, interval: int | None, listing: Listing
) -> Draft:
    """Take the runs and the minutes between them; without an interval it stays to be asked. Raises PlanOutOfRange."""
    draft = await find(session, draft_id, customer_id, lock=True)
    most = runs_possible(draft, listing)
    if not 2 <= runs <= most or (interval is not None and not 1 <= interval <= MAX_INTERVAL):
        raise PlanOutOfRange(most, MAX_INTERVAL)
    draft.runs, draft.interval = runs, interval
    session.add(draft)
    return draft


async def give_interval(
    session: AsyncSession, draft_id: int, customer_id: int, interval: int, listing: Listing
) -> Draft:
    """Take the minutes between the runs already given. Raises PlanOutOfRange."""
    draft = await find(session, draft_id, customer_id)
    return await give_plan(session, draft_id, customer_id, draft.runs or 0, interval, listing)


async def add_comments(
    session: AsyncSession, draft_id: int, customer_id: int, lines: Sequence[str], listing: Listing
) -> Draft:
    """Add lines of comments to those already there.

    Raises CommentsOutOfRange when they would be more than the service takes; then none of them is added.
    """
    draft = await find(session, draft_id, customer_id, lock=True)
    comments = [*draft.comments, *lines]
    most = most_comments(listing)
    if len(comments) > most:
        raise CommentsOutOfRange(len(comments), fewest_comments(listing), most)
    draft.comments = comments
    draft.quantity = None
    session.add(draft)
    return draft


def fewest_comments(listing: Listing) -> int:
    """Return how many lines the service asks for at least; any number for a package."""
    return 1 if listing.kind.is_flat else listing.minimum


def most_comments(listing: Listing) -> int:
    """Return how many lines the service takes at most; a package says nothing, so the store's own bound holds."""
    return 10_000 if listing.kind.is_flat else min(listing.maximum, 10_000)


async def clear_comments(session: AsyncSession, draft_id: int, customer_id: int) -> Draft:
    """Forget the comments and begin them again."""
    draft = await find(session, draft_id, customer_id, lock=True)
    draft.comments = []
    draft.quantity = None
    session.add(draft)
    return draft


async def finish_comments(session: AsyncSession, draft_id: int, customer_id: int, listing: Listing) -> Draft:
    """Say that the comments are all there; their number is the quantity. Raises CommentsOutOfRange."""
    draft = await find(session, draft_id, customer_id, lock=True)
    least, most = fewest_comments(listing), most_comments(listing)
    if not least <= len(draft.comments) <= most:
        raise CommentsOutOfRange(len(draft.comments), least, most)
    draft.quantity = len(draft.comments)
    session.add(draft)
    return draft


async def step_back(session: AsyncSession, draft_id: int, customer_id: int, listing: Listing) -> Draft:
    """Undo the last answer, so that it is asked for again; from the first step nothing changes."""
    draft = await find(session, draft_id, customer_id, lock=True)
    step = next_step(draft, listing)
    if (step is Step.PLAN and draft.runs is not None) or (step is Step.CONFIRM and draft.drip):
        draft.runs = draft.interval = None
    elif (step is Step.CONFIRM and not (listing.kind.is_flat and not listing.kind.takes_comments)) or step is Step.PLAN:
        draft.quantity = None
    else:
        draft.link = draft.foreign_link = None
    session.add(draft)
    return draft


async def quote(
    session: AsyncSession, draft_id: int, customer_id: int, markup_percent: Decimal
) -> tuple[Draft, Listing, Quote]:
    """Price a complete draft at this moment and give its confirm button a fresh token; the one before is void.

    Raises DraftGone (also when something is still to be asked) and ServiceGone.
    """
    draft = await find(session, draft_id, customer_id, lock=True)
    listing = await read_listing(session, draft.service_id, markup_percent)
    if next_step(draft, listing) is not Step.CONFIRM:
        raise DraftGone
    total = listing.total_of(draft.quantity, draft.runs if draft.drip else None)
    draft.price = listing.price(total)
    draft.token = secrets.token_urlsafe(12)
    session.add(draft)
    return (
        draft,
        listing,
        Quote(draft.price, await wallet.balance_of(session, customer_id), total, draft.token),
    )


async def waiting_for_money(session: AsyncSession, customer_id: int, now: datetime | None = None) -> Draft | None:
    """Return the customer's latest draft of the last days that was priced but not confirmed, if any."""
    since = (now or utc_now()) - KEPT_IN_MIND
    return (
        await session.exec(
            select(Draft)
            .where(
                col(Draft.customer_id) == customer_id,
                col(Draft.confirmed_at).is_(None),
                col(Draft.token).is_not(None),
                col(Draft.created_at) >= since,
            )
            .order_by(col(Draft.id).desc())
            .limit(1)
        )
    ).first()


async def is_waiting(session: AsyncSession, draft_id: int, customer_id: int) -> bool:
    """Whether the customer's draft is there and not confirmed yet."""
    draft = await session.get(Draft, draft_id)
    return draft is not None and draft.customer_id == customer_id and draft.confirmed_at is None


async def price_waiting(session: AsyncSession, draft_id: int, customer_id: int) -> Decimal | None:
    """Return what the customer's draft cost when it was last priced (currency), if it still waits."""
    draft = await session.get(Draft, draft_id)
    if draft is None or draft.customer_id != customer_id or draft.confirmed_at is not None:
        return None
    return draft.price
