"""The books proved: each check is one query that finds what breaks a rule the store promises, and changes nothing.

The rules are the design's ("Invariants"). A query is one snapshot, so a store at work does not disturb it, and it sums
in the database, so that a million orders take no more memory here than one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Float,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import aliased
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from db.tables import (
    Attempt,
    BonusCode,
    BonusUse,
    Customer,
    EntryKind,
    Invoice,
    InvoiceState,
    LedgerEntry,
    Notice,
    NoticeKind,
    Order,
    OrderState,
    OwnerAct,
    Payment,
    RefundState,
    Search,
)

EXAMPLES = 10
UNSENT_AFTER = timedelta(hours=1)

IN_LINE = (OrderState.QUEUED, OrderState.SUBMITTING, OrderState.UNCONFIRMED)
ENDED = (OrderState.COMPLETED, OrderState.PARTIAL, OrderState.CANCELED, OrderState.REJECTED)
# What may have reached the panel: taken, unanswered, answered after the order had been decided on, or never closed.
REACHED = ("accepted", "unknown", "late")

balance, customer_id = col(Customer.balance), col(Customer.id)
entry, order, attempt, notice, act = LedgerEntry, Order, Attempt, Notice, OwnerAct
payment, invoice = Payment, Invoice
Broken = Select[Any]  # of one column: the id of what breaks the rule


class Weight(StrEnum):
    """What it means that a check finds something."""

    BREAKS = "breaks"  # the books do not hold
    WARNS = "warns"  # somebody should look


@dataclass(frozen=True, slots=True)
class Rule:
    """What has to be so: its `name`, the sentence that `says` it, and what kind of `thing` can break it."""

    name: str
    says: str
    thing: str
    weight: Weight = Weight.BREAKS


@dataclass(frozen=True, slots=True)
class Check:
    """A rule and the query that finds what breaks it."""

    rule: Rule
    broken: Broken


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about a rule: how many things break it, and the ids of the first few."""

    rule: Rule
    count: int
    examples: tuple[str, ...]


async def prove(session: AsyncSession, check: Check, now: datetime) -> Finding:
    """Run one check."""
    broken = check.broken.subquery()
    thing = next(iter(broken.c))
    query = select(thing, func.count().over()).order_by(thing).limit(EXAMPLES)
    found = (await (await session.connection()).execute(query, {"long_ago": now - UNSENT_AFTER})).all()
    return Finding(check.rule, found[0][1] if found else 0, tuple(str(row[0]) for row in found))


async def count_wrong_wallets(session: AsyncSession) -> int:
    """Return how many wallets are not the sum of their entries; it reads every entry."""
    query = select(func.count()).select_from(_wallets_not_summing().subquery())
    return (await (await session.connection()).execute(query)).scalar_one()


# --- wallets --------------------------------------------------------------------------------------


def _wallets_not_summing() -> Broken:
    sums = (
        select(col(entry.customer_id).label("id"), func.sum(col(entry.amount)).label("total"))
        .group_by(col(entry.customer_id))
        .subquery()
    )
    total = func.coalesce(sums.c.total, 0)
    return select(customer_id).outerjoin(sums, sums.c.id == customer_id).where(balance != total)


def _wallets_below_zero() -> Broken:
    return select(customer_id).where(balance < 0)


def _entries_off_the_running_sum() -> Broken:
    running = func.sum(col(entry.amount)).over(partition_by=col(entry.customer_id), order_by=col(entry.id))
    sums = select(col(entry.id), col(entry.balance_after).label("after"), running.label("running")).subquery()
    return select(sums.c.id).where(sums.c.after != sums.c.running)


def _keys_not_unique() -> Broken:
    key = col(entry.key)
    return select(func.max(col(entry.id)).label("id")).group_by(key).having(or_(func.count() > 1, key == ""))


def _entries_of_the_wrong_sign() -> Broken:
    kind, amount = col(entry.kind), col(entry.amount)
    gives = kind.in_([EntryKind.TOP_UP, EntryKind.REFUND, EntryKind.BONUS])
    takes = kind == EntryKind.PURCHASE
    is_known = kind.in_(list(EntryKind))
    return select(col(entry.id)).where(
        or_(~is_known, amount == 0, and_(gives, amount < 0), and_(takes, amount > 0)),
    )


def _entries_of_no_order() -> Broken:
    of_an_order = exists().where(col(order.id) == col(entry.order_id), col(order.customer_id) == col(entry.customer_id))
    kind = col(entry.kind)
    return select(col(entry.id)).where(kind.in_([EntryKind.PURCHASE, EntryKind.REFUND]), ~of_an_order)


# --- payments -------------------------------------------------------------------------------------


def _payments_not_credited_once() -> Broken:
    put_in = and_(col(entry.payment_id) == col(payment.id), col(entry.kind) == EntryKind.TOP_UP)
    count = select(func.count()).select_from(entry).where(put_in).scalar_subquery()
    is_whole = exists().where(
        put_in, col(entry.amount) == col(payment.amount), col(entry.customer_id) == col(payment.customer_id)
    )
    return select(col(payment.id)).where(or_(count != 1, ~is_whole))


def _top_ups_of_no_payment() -> Broken:
    of_a_payment = exists().where(
        col(payment.id) == col(entry.payment_id), col(payment.customer_id) == col(entry.customer_id)
    )
    return select(col(entry.id)).where(col(entry.kind) == EntryKind.TOP_UP, ~of_a_payment)


def _charges_credited_twice() -> Broken:
    charge = (col(payment.way), col(payment.charge_id))
    return select(func.max(col(payment.id)).label("id")).group_by(*charge).having(func.count() > 1)


def _returns_not_in_the_wallet() -> Broken:
    """What went back left the wallet; less than the whole only where nobody here asked, and not all was there."""
    moved = (
        select(func.coalesce(func.sum(col(entry.amount)), 0))
        .where(col(entry.payment_id) == col(payment.id), col(entry.key).like("payment-refund%"))
        .scalar_subquery()
    )
    state, whole = col(payment.refund_state), -col(payment.amount)
    is_gone = func.coalesce(state.in_([RefundState.ASKED, RefundState.DONE]), False)
    elsewhere = and_(state == RefundState.DONE, col(payment.refund_actor_id).is_(None))
    return select(col(payment.id)).where(
        or_(
            and_(~is_gone, moved != 0),
            and_(is_gone, moved != whole, ~func.coalesce(and_(elsewhere, moved.between(whole, 0)), False)),
        )
    )


def _returns_nobody_makes() -> Broken:
    state, due = col(payment.refund_state), col(payment.refund_next_at)
    is_asked = func.coalesce(state == RefundState.ASKED, False)
    undated = and_(state == RefundState.DONE, col(payment.refunded_at).is_(None))
    return select(col(payment.id)).where(or_(is_asked != due.is_not(None), undated))


def _invoices_paid_by_nothing() -> Broken:
    paid = exists().where(col(payment.invoice_id) == col(invoice.id))
    others = exists().where(
        col(payment.invoice_id) == col(invoice.id),
        or_(col(payment.customer_id) != col(invoice.customer_id), col(payment.way) != col(invoice.way)),
    )
    return select(col(invoice.id)).where(or_((col(invoice.state) == InvoiceState.PAID) != paid, others))


# --- orders and their money -----------------------------------------------------------------------


def _orders_not_paid_once() -> Broken:
    paid = _entries_by_order(EntryKind.PURCHASE)
    return (
        select(col(order.id))
        .outerjoin(paid, paid.c.id == col(order.id))
        .where(or_(func.coalesce(paid.c.count, 0) != 1, paid.c.total != -col(order.price)))
    )


def _orders_refunded_wrongly() -> Broken:
    back = _entries_by_order(EntryKind.REFUND)
    refunded = col(order.refunded)
    return (
        select(col(order.id))
        .outerjoin(back, back.c.id == col(order.id))
        .where(or_(func.coalesce(back.c.total, 0) != refunded, refunded < 0, refunded > col(order.price)))
    )


def _entries_by_order(kind: EntryKind) -> Any:
    return (
        select(col(entry.order_id).label("id"), func.count().label("count"), func.sum(col(entry.amount)).label("total"))
        .where(col(entry.kind) == kind, col(entry.order_id).is_not(None))
        .group_by(col(entry.order_id))
        .subquery()
    )


def _never_placed() -> ColumnElement[bool]:
    """Orders that ended without the panel: refused, or taken back by the customer while they waited in line."""
    state = col(order.state)
    taken_back = and_(state == OrderState.CANCELED, col(order.panel_order_id).is_(None))
    return or_(state == OrderState.REJECTED, taken_back)


def _orders_never_placed_and_kept() -> Broken:
    return select(col(order.id)).where(_never_placed(), col(order.refunded) != col(order.price))


def _books_off() -> Broken:
    moved = (
        select(func.coalesce(-func.sum(col(entry.amount)), 0))
        .where(col(entry.kind).in_([EntryKind.PURCHASE, EntryKind.REFUND]))
        .scalar_subquery()
    )
    worth = (
        select(func.coalesce(func.sum(col(order.price) - col(order.refunded)), 0))
        .where(~_never_placed())
        .scalar_subquery()
    )
    off = select(cast(moved - worth, String).label("off"), (moved != worth).label("is_off")).subquery()
    return select(off.c.off).where(off.c.is_off)


# --- orders and their state -----------------------------------------------------------------------


def _orders_at_odds_with_their_panel_id() -> Broken:
    state, panel_id = col(order.state), col(order.panel_order_id)
    has_none = or_(panel_id.is_(None), panel_id == "")
    at_panel = state.in_([OrderState.PLACED, OrderState.COMPLETED, OrderState.PARTIAL])
    not_at_panel = state.in_([*IN_LINE, OrderState.REJECTED])
    return select(col(order.id)).where(
        or_(~state.in_(list(OrderState)), and_(at_panel, has_none), and_(not_at_panel, panel_id.is_not(None)))
    )


def _panel_ids_not_unique() -> Broken:
    panel_id = col(order.panel_order_id)
    return (
        select(func.max(col(order.id)).label("id"))
        .where(panel_id.is_not(None))
        .group_by(panel_id)
        .having(func.count() > 1)
    )


def _orders_ended_and_not() -> Broken:
    has_ended, when = col(order.state).in_(ENDED), col(order.ended_at)
    return select(col(order.id)).where(or_(and_(has_ended, when.is_(None)), and_(~has_ended, when.is_not(None))))


def _orders_nobody_looks_at() -> Broken:
    unseen = or_(col(order.next_look_at).is_(None), col(order.placed_at).is_(None))
    return select(col(order.id)).where(col(order.state) == OrderState.PLACED, unseen)


def _orders_sent_by_nobody() -> Broken:
    under_way = exists().where(col(attempt.order_id) == col(order.id), col(attempt.ended_at).is_(None))
    return select(col(order.id)).where(
        col(order.state) == OrderState.SUBMITTING, or_(col(order.lease_until).is_(None), ~under_way)
    )


def _orders_nobody_looks_for() -> Broken:
    cared_for = exists().where(
        col(Search.order_id) == col(order.id), or_(col(Search.next_at).is_not(None), col(Search.told_at).is_not(None))
    )
    return select(col(order.id)).where(col(order.state) == OrderState.UNCONFIRMED, ~cared_for)


# --- at most once ---------------------------------------------------------------------------------


def _sent_again() -> Any:
    """How often an owner decided to have an order sent again: the one thing that explains another `add`."""
    return (
        select(col(act.order_id).label("id"), func.count().label("count"))
        .where(col(act.act) == "send_again")
        .group_by(col(act.order_id))
        .subquery()
    )


def _known_by_other_means() -> ColumnElement[bool]:
    """Whether the order's number at the panel came from a search or an owner, not from the answer to an `add`."""
    return exists().where(col(act.order_id) == col(order.id), col(act.act).in_(["found", "exists"]))


def _orders_sent_twice() -> Broken:
    """A queued order is about to be sent: for it, one attempt that may have reached the panel is one too many."""
    outcome = col(attempt.outcome)
    reached = (
        select(col(attempt.order_id).label("id"), func.count().label("count"))
        .where(or_(outcome.is_(None), outcome.in_(REACHED)))
        .group_by(col(attempt.order_id))
        .subquery()
    )
    sent_again = _sent_again()
    again = func.coalesce(sent_again.c.count, 0)
    is_queued = col(order.state) == OrderState.QUEUED
    return (
        select(col(order.id))
        .join(reached, reached.c.id == col(order.id))
        .outerjoin(sent_again, sent_again.c.id == col(order.id))
        .where(or_(reached.c.count > 1 + again, and_(is_queued, reached.c.count > again)))
    )


def _attempts_taken_for_another_order() -> Broken:
    """Where the panel gave a number out twice, its first order keeps it and the second is unconfirmed."""
    answer = col(attempt.answer)
    number = select(col(order.panel_order_id)).where(col(order.id) == col(attempt.order_id)).scalar_subquery()
    is_known = exists().where(col(order.panel_order_id) == answer)
    return select(col(attempt.id)).where(col(attempt.outcome) == "accepted", number.is_distinct_from(answer), ~is_known)


def _panel_ids_nobody_gave() -> Broken:
    answered = exists().where(
        col(attempt.order_id) == col(order.id),
        col(attempt.outcome) == "accepted",
        col(attempt.answer) == col(order.panel_order_id),
    )
    return select(col(order.id)).where(col(order.panel_order_id).is_not(None), ~answered, ~_known_by_other_means())


# --- what customers were told ---------------------------------------------------------------------


def _ends_nobody_was_told() -> Broken:
    """A card that was waiting when the order ended stands for the end too: it is drawn when it is sent."""
    ended_at = col(order.ended_at)
    sent_at = col(notice.done_at)
    told = exists().where(
        col(notice.order_id) == col(order.id),
        col(notice.kind).in_([NoticeKind.CARD, NoticeKind.ENDED]),
        or_(sent_at.is_(None), sent_at >= ended_at, col(notice.created_at) >= ended_at),
    )
    return select(col(order.id)).where(col(order.state).in_(ENDED), ended_at.is_not(None), ~told)


def _refunds_nobody_was_told() -> Broken:
    """Whoever took an order back themselves saw the money return; of every other refund a message tells."""
    told = exists().where(col(notice.order_id) == col(order.id), col(notice.kind) == NoticeKind.ENDED)
    taken_back = and_(col(order.state) == OrderState.CANCELED, col(order.panel_order_id).is_(None))
    return select(col(order.id)).where(col(order.refunded) > 0, ~taken_back, ~told)


def _notices_unsent() -> Broken:
    return select(col(notice.id)).where(col(notice.done_at).is_(None), col(notice.created_at) < bindparam("long_ago"))


# --- bonuses --------------------------------------------------------------------------------------


def _codes_used_too_often() -> Broken:
    used = (
        select(col(BonusUse.code_id).label("id"), func.count().label("count"))
        .where(col(BonusUse.used_at).is_not(None))
        .group_by(col(BonusUse.code_id))
        .subquery()
    )
    count, uses = func.coalesce(used.c.count, 0), col(BonusCode.uses)
    return (
        select(col(BonusCode.id))
        .outerjoin(used, used.c.id == col(BonusCode.id))
        .where(or_(count != uses, uses > col(BonusCode.most_uses)))
    )


def _codes_used_too_often_by_one() -> Broken:
    return (
        select(func.max(col(BonusUse.id)).label("id"))
        .join(BonusCode, col(BonusCode.id) == col(BonusUse.code_id))
        .where(col(BonusUse.used_at).is_not(None))
        .group_by(col(BonusUse.customer_id), col(BonusUse.code_id))
        .having(func.count() > func.max(col(BonusCode.most_uses_each)))
    )


def _key_of(prefix: str, number: Any) -> ColumnElement[str]:
    return literal(prefix).concat(cast(number, String))


def _bonuses_without_a_cause() -> Broken:
    """A bonus is a code's, used by that customer with that payment, or a share of what a friend of theirs paid."""
    use = (
        select(
            _key_of("bonus:", col(BonusUse.id)).label("key"),
            col(BonusUse.customer_id).label("customer_id"),
            col(BonusUse.payment_id).label("payment_id"),
        )
        .where(col(BonusUse.used_at).is_not(None))
        .subquery()
    )
    friend = aliased(Customer)
    share = (
        select(
            _key_of("referral:", col(Payment.id)).label("key"),
            col(friend.referrer_id).label("customer_id"),
            col(Payment.amount).label("most"),
        )
        .join(friend, col(friend.id) == col(Payment.customer_id))
        .subquery()
    )
    is_a_codes = and_(
        use.c.customer_id == col(entry.customer_id), use.c.payment_id.is_not_distinct_from(col(entry.payment_id))
    )
    is_a_share = and_(share.c.customer_id == col(entry.customer_id), col(entry.amount) <= share.c.most)
    return (
        select(col(entry.id))
        .outerjoin(use, use.c.key == col(entry.key))
        .outerjoin(share, share.c.key == col(entry.key))
        .where(col(entry.kind) == EntryKind.BONUS)
        .where(func.coalesce(is_a_codes, False).is_(False), func.coalesce(is_a_share, False).is_(False))
    )


def _codes_used_and_not_paid() -> Broken:
    paid = (
        select(col(entry.key).label("key"), col(entry.customer_id).label("customer_id"))
        .where(col(entry.kind) == EntryKind.BONUS)
        .subquery()
    )
    same = and_(paid.c.key == _key_of("bonus:", col(BonusUse.id)), paid.c.customer_id == col(BonusUse.customer_id))
    return (
        select(col(BonusUse.id)).outerjoin(paid, same).where(col(BonusUse.used_at).is_not(None), paid.c.key.is_(None))
    )


def _bonuses_kept_of_payments_sent_back() -> Broken:
    """What a payment's bonus came to: nothing once it is sent back, and the whole of it otherwise.

    Something may be left of it where the wallet did not hold all: an owner's act tells how much.
    """
    key, amount = col(entry.key), col(entry.amount)
    is_moved = or_(key.startswith("bonus-back:"), key.startswith("bonus-again:"))
    sums = (
        select(
            col(entry.payment_id).label("id"),
            func.sum(case((col(entry.kind) == EntryKind.BONUS, amount), else_=0)).label("paid"),
            func.sum(case((is_moved, amount), else_=0)).label("moved"),
        )
        .where(col(entry.payment_id).is_not(None))
        .group_by(col(entry.payment_id))
        .subquery()
    )
    sent_back = func.coalesce(col(Payment.refund_state), "").in_([RefundState.ASKED, RefundState.DONE])
    missing = cast(col(OwnerAct.facts)["bonus_missing"].as_string(), Float)
    was_short = exists().where(
        col(OwnerAct.act) == "bonus_back",
        col(OwnerAct.facts)["payment"].as_string() == cast(col(Payment.id), String),
        missing > 0,
    )
    due = case((sent_back, -sums.c.paid), else_=0)
    allowed = and_(sent_back, was_short, sums.c.moved.between(-sums.c.paid, 0))
    return select(col(Payment.id)).join(sums, sums.c.id == col(Payment.id)).where(sums.c.moved != due, ~allowed)


def _rewards_given_back_and_never_had() -> Broken:
    return (
        select(col(entry.customer_id).label("id"))
        .where(col(entry.key).startswith("referral"))
        .group_by(col(entry.customer_id))
        .having(func.sum(col(entry.amount)) < 0)
    )


def _customers_invited_by_nobody_before_them() -> Broken:
    referrer = aliased(Customer)
    return (
        select(customer_id)
        .join(referrer, col(referrer.id) == col(Customer.referrer_id))
        .where(or_(col(referrer.id) == customer_id, col(referrer.created_at) > col(Customer.created_at)))
    )


_BONUSES: tuple[tuple[str, str, str, Broken], ...] = (
    ("code-uses", "each code was used as often as it says, and no more than it may", "code", _codes_used_too_often()),
    ("code-each", "no customer used a code more often than they may", "use", _codes_used_too_often_by_one()),
    ("code-paid", "each use of a code was paid", "use", _codes_used_and_not_paid()),
    ("bonus-cause", "each bonus is a code's or a share of a friend's payment", "entry", _bonuses_without_a_cause()),
    (
        "bonus-back",
        "the bonus of a payment goes when it is sent back, and only then",
        "payment",
        _bonuses_kept_of_payments_sent_back(),
    ),
    ("rewards", "nobody gave back more rewards than they had", "customer", _rewards_given_back_and_never_had()),
    (
        "referrer",
        "whoever invited a customer is another, who was here before",
        "customer",
        _customers_invited_by_nobody_before_them(),
    ),
)

_BREAKING: tuple[tuple[str, str, str, Broken], ...] = (
    ("wallet-sum", "each wallet is the sum of its entries", "customer", _wallets_not_summing()),
    ("wallet-sign", "no wallet is below zero", "customer", _wallets_below_zero()),
    ("running-sum", "each entry holds the sum up to it", "entry", _entries_off_the_running_sum()),
    ("entry-key", "each entry has a key of its own", "entry", _keys_not_unique()),
    ("entry-sign", "each entry moves money its kind's way", "entry", _entries_of_the_wrong_sign()),
    ("entry-order", "each purchase and refund is for an order of that wallet", "entry", _entries_of_no_order()),
    (
        "payment-credited",
        "each payment was credited once, whole, to who paid",
        "payment",
        _payments_not_credited_once(),
    ),
    ("top-up-payment", "each top-up is a payment's", "entry", _top_ups_of_no_payment()),
    ("charge-once", "no charge of a way is two payments", "payment", _charges_credited_twice()),
    ("returned", "a payment that went back left the wallet, and no other did", "payment", _returns_not_in_the_wallet()),
    ("return-due", "each return that was asked for will be tried", "payment", _returns_nobody_makes()),
    (
        "invoice-paid",
        "invoices that are paid have payments, and the others none",
        "invoice",
        _invoices_paid_by_nothing(),
    ),
    ("paid-once", "each order was paid once, its price", "order", _orders_not_paid_once()),
    ("refunds", "refunds are what the order says, within its price", "order", _orders_refunded_wrongly()),
    ("never-placed", "an order that never was placed is paid back whole", "order", _orders_never_placed_and_kept()),
    ("books", "purchases less refunds pay for what was delivered or is under way", "difference", _books_off()),
    (
        "panel-id",
        "an order has a number at the panel as its state says",
        "order",
        _orders_at_odds_with_their_panel_id(),
    ),
    ("panel-id-once", "no two orders are one order of the panel", "order", _panel_ids_not_unique()),
    ("ended", "an order has ended as its state says", "order", _orders_ended_and_not()),
    ("followed", "each placed order will be looked at again", "order", _orders_nobody_looks_at()),
    ("sending", "each order being sent has an open attempt and a lease", "order", _orders_sent_by_nobody()),
    ("searched", "each unconfirmed order is looked for or told to the owners", "order", _orders_nobody_looks_for()),
    ("sent-once", "no order reached the panel twice, or is about to", "order", _orders_sent_twice()),
    ("accepted", "what the panel took is the order that was sent", "attempt", _attempts_taken_for_another_order()),
    ("answered", "each number at the panel was given for that order", "order", _panel_ids_nobody_gave()),
    ("end-told", "each end of an order has a message", "order", _ends_nobody_was_told()),
    ("refund-told", "each refund has a message", "order", _refunds_nobody_was_told()),
)
CHECKS = (
    *(Check(Rule(name, says, thing), broken) for name, says, thing, broken in (*_BREAKING, *_BONUSES)),
    Check(Rule("unsent", "no message waits for more than an hour", "notice", Weight.WARNS), _notices_unsent()),
)
