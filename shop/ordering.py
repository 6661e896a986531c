"""Confirming an order: one transaction takes the token, the money and the place in the queue, or nothing at all."""

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from db.tables import Draft, EntryKind, NoticeKind, Order, OrderState, utc_now
from shop import notices, wallet
from shop.catalogue import read_listing
from shop.drafts import Step, next_step
from shop.errors import DraftGone, NotPossible, OrderGone, PriceChanged
from shop.payments import require_not_held
from shop.policy import Policy
from shop.refunds import refund_up_to
from shop.steps import step


async def confirm(
    session: AsyncSession,
    customer_id: int,
    token: str,
    policy: Policy,
    *,
    chat_id: int,
    card_message_id: int | None,
    now: datetime | None = None,
) -> tuple[Order, bool]:
    """Turn the draft behind `token` into a queued, paid order; return it and whether this call made it.

    A token already used returns the order it made (a second tap buys nothing). Raises DraftGone for a token that was
    replaced or is somebody else's, OnHold, ServiceGone, PriceChanged when the price is not the one shown,
    NotEnoughMoney; then the caller's transaction must roll back, and nothing has happened.
    """
    now = now or utc_now()
    draft = (await session.exec(select(Draft).where(col(Draft.token) == token).with_for_update(key_share=True))).first()
    if draft is None or draft.customer_id != customer_id:
        raise DraftGone
    if draft.confirmed_at is not None:
        made = (await session.exec(select(Order).where(col(Order.draft_id) == draft.id))).one()
        return made, False
    await require_not_held(session, customer_id)
    listing = await read_listing(session, draft.service_id, policy.markup_percent)
    if next_step(draft, listing) is not Step.CONFIRM or draft.link is None or draft.price is None:
        raise DraftGone
    runs = draft.runs if draft.drip else None
    total = listing.total_of(draft.quantity, runs)
    price = listing.price(total)
    if price != draft.price:
        raise PriceChanged(shown=draft.price, price=price)
    draft.confirmed_at = now
    session.add(draft)
    order = Order(
        customer_id=customer_id,
        draft_id=draft.id,
        chat_id=chat_id,
        card_message_id=card_message_id,
        service_id=listing.id,
        service_name=listing.name,
        kind=listing.kind,
        link=draft.link,
        quantity=None if listing.kind.is_flat else draft.quantity,
        total=total,
        comments=draft.comments if listing.kind.takes_comments else [],
        runs=runs,
        interval=draft.interval if draft.drip else None,
        rate=listing.rate,
        cost=listing.cost(total),
        price=price,
        state=OrderState.QUEUED,
        next_attempt_at=now,
        created_at=now,
        changed_at=now,
    )
    session.add(order)
    await session.flush()
    step("confirm.order-inserted")
    await wallet.post(
        session,
        customer_id,
        EntryKind.PURCHASE,
        -price,
        key=f"purchase:{order.id}",
        order_id=order.id,
        now=now,
    )
    step("confirm.paid")
    notices.enqueue(session, chat_id, NoticeKind.CARD, order_id=order.id, delay=notices.AFTER_CONFIRM, now=now)
    return order, True


async def withdraw(session: AsyncSession, order_id: int, customer_id: int, now: datetime | None = None) -> Order:
    """Take an order back that still waits in line, and return the money.

    Raises OrderGone, and NotPossible once the panel may have been asked.
    """
    now = now or utc_now()
    order = (
        await session.exec(
            select(Order)
            .where(col(Order.id) == order_id, col(Order.customer_id) == customer_id)
            .with_for_update(key_share=True)
        )
    ).first()
    if order is None:
        raise OrderGone
    if order.state is not OrderState.QUEUED:
        raise NotPossible
    order.state = OrderState.CANCELED
    order.waiting_for = None
    order.ended_at = order.changed_at = now
    await refund_up_to(session, order, order.price, now)
    step("withdraw.refunded")
    await notices.show_card(session, order, now)
    return order
