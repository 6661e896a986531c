"""The store's tables: who the customers are, what is sold, what was ordered, what every cent did.

Amounts are exact: `Micros` columns hold integers of 10^-6 of the shop's currency, `ExactDecimal` columns hold a
panel's number as the panel wrote it. Times are aware and in UTC. Rules that must hold whatever the code does
(a balance below zero, a second entry with one business key, a draft confirmed twice) are constraints here.
"""

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, Enum, ForeignKey, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from db.types import ExactDecimal, Micros, UtcDateTime

ZERO = Decimal(0)
# SQLite counts up by itself only in a column it calls INTEGER.
Id = BigInteger().with_variant(Integer(), "sqlite")
Json = JSON().with_variant(JSONB(), "postgresql")


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def _words(words: type[StrEnum]) -> Enum:
    return Enum(words, native_enum=False, length=16, values_callable=lambda members: [word.value for word in members])


def _id() -> Any:
    return Field(default=None, sa_column=Column(Id, primary_key=True, autoincrement=True))


def _when(*, nullable: bool = False, index: bool = False) -> Any:
    column = Column(UtcDateTime, nullable=nullable, index=index)
    return Field(default=None, sa_column=column) if nullable else Field(default_factory=utc_now, sa_column=column)


class OrderState(StrEnum):
    """Where an order stands with us; the panel's own word is kept beside it (design.md §3)."""

    QUEUED = "queued"
    SUBMITTING = "submitting"
    UNCONFIRMED = "unconfirmed"
    PLACED = "placed"
    COMPLETED = "completed"
    PARTIAL = "partial"
    CANCELED = "canceled"
    REJECTED = "rejected"


class EntryKind(StrEnum):
    """Why money moved."""

    TOP_UP = "top_up"
    PURCHASE = "purchase"
    REFUND = "refund"
    ADJUSTMENT = "adjustment"
    BONUS = "bonus"


class NoticeKind(StrEnum):
    """What a message sent unasked is about."""

    CARD = "card"  # the live card of an order, drawn from the order as it is when sent
    ENDED = "ended"  # the message with sound when an order ends
    CREDITED = "credited"  # the owner credited or debited the wallet
    RECEIPT = "receipt"  # a payment arrived
    CONFIRM = "confirm"  # the confirm card of an order that waited for money
    ALERT = "alert"  # something an owner must know
    BONUS = "bonus"  # a bonus came, waits on, is gone, or was taken back
    DECIDE = "decide"  # the card of an unconfirmed order, for an owner to decide on
    PROOF = "proof"  # the card of a payment by hand, for an owner to decide on
    REFUSED = "refused"  # an owner found no money for a payment by hand


class Customer(SQLModel, table=True):
    """A person who talked to the bot; `id` is their Telegram id, which is also the id of the private chat."""

    __table_args__ = (CheckConstraint("balance >= 0", name="balance_not_negative"),)

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    name: str = Field(default="", sa_column=Column(Text, nullable=False))
    username: str | None = Field(default=None, sa_column=Column(Text))
    telegram_language: str | None = None
    language: str | None = None  # chosen in /settings; None follows Telegram
    balance: Decimal = Field(default=ZERO, sa_column=Column(Micros, nullable=False))
    card_updates: bool = True  # the live card follows the order
    end_messages: bool = True  # a new message, with sound, when an order ends
    blocked_at: datetime | None = _when(nullable=True)  # the chat blocked the bot
    held_at: datetime | None = _when(nullable=True)  # on hold: neither orders nor pays until an owner lets go
    referrer_id: int | None = Field(default=None, sa_column=Column(BigInteger, ForeignKey("customer.id"), index=True))
    created_at: datetime = _when()
    seen_at: datetime = _when()


class LedgerEntry(SQLModel, table=True):
    """One movement of money in a wallet; never changed, never deleted."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="entry_moves_money"),
        CheckConstraint("balance_after >= 0", name="entry_balance_not_negative"),
        Index("ix_ledger_entry_customer", "customer_id", "id"),
        Index("ix_ledger_entry_created", "created_at"),
    )

    id: int = _id()
    customer_id: int = Field(sa_column=Column(BigInteger, ForeignKey("customer.id"), nullable=False))
    kind: EntryKind = Field(sa_column=Column(_words(EntryKind), nullable=False))
    amount: Decimal = Field(sa_column=Column(Micros, nullable=False))
    balance_after: Decimal = Field(sa_column=Column(Micros, nullable=False))
    key: str = Field(sa_column=Column(Text, nullable=False, unique=True))  # business key: once, whatever repeats
    order_id: int | None = Field(default=None, sa_column=Column(Id, ForeignKey("customer_order.id"), index=True))
    payment_id: int | None = Field(default=None, sa_column=Column(Id, ForeignKey("payment.id"), index=True))
    actor_id: int | None = Field(default=None, sa_column=Column(BigInteger))  # the owner who did it
    note: str | None = Field(default=None, sa_column=Column(Text))
    created_at: datetime = _when()


class Category(SQLModel, table=True):
    """A panel's category; it has a number of its own because buttons have room for 64 bytes only."""

    id: int = _id()
    name: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    position: int = 0  # the panel's order


class Service(SQLModel, table=True):
    """A row of the panel's catalogue, kept when the panel drops it, so that orders keep their service."""

    id: str = Field(sa_column=Column(Text, primary_key=True))  # the panel's own number
    category_id: int = Field(sa_column=Column(Id, ForeignKey("category.id"), nullable=False, index=True))
    name: str = Field(sa_column=Column(Text, nullable=False))
    description: str = Field(default="", sa_column=Column(Text, nullable=False))
    type: str = Field(sa_column=Column(Text, nullable=False))  # as the panel words it
    rate: Decimal = Field(default=ZERO, sa_column=Column(ExactDecimal, nullable=False))  # panel's price of 1000
    min: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    max: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    dripfeed: bool = False
    refill: bool | None = None
    cancel: bool | None = None
    position: int = 0
    skip_reason: str | None = None  # why the row as the panel sends it cannot be sold
    gone_at: datetime | None = _when(nullable=True)  # not in the panel's catalogue since
    withdrawn_at: datetime | None = _when(nullable=True)  # the panel refused it on `add`; a sync brings it back
    changed_at: datetime = _when()


class Draft(SQLModel, table=True):
    """An order being put together, or confirmed: `token` is what the confirm button carries, good for one use."""

    id: int = _id()
    customer_id: int = Field(sa_column=Column(BigInteger, ForeignKey("customer.id"), nullable=False, index=True))
    service_id: str = Field(sa_column=Column(Text, ForeignKey("service.id"), nullable=False))
    link: str | None = Field(default=None, sa_column=Column(Text))
    foreign_link: str | None = Field(default=None, sa_column=Column(Text))  # waits for "use it anyway"
    quantity: int | None = Field(default=None, sa_column=Column(BigInteger))
    comments: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    drip: bool = False
    runs: int | None = None
    interval: int | None = None  # minutes between two runs
    price: Decimal | None = Field(default=None, sa_column=Column(Micros))  # as shown on the confirm card
    token: str | None = Field(default=None, sa_column=Column(Text, unique=True))
    confirmed_at: datetime | None = _when(nullable=True)
    created_at: datetime = _when()


class Order(SQLModel, table=True):
    """An order a customer paid for."""

    __tablename__ = "customer_order"  # "order" is a word of SQL
    __table_args__ = (
        CheckConstraint("price > 0", name="price_positive"),
        CheckConstraint("refunded >= 0 AND refunded <= price", name="refunds_within_price"),
        Index("ix_order_customer", "customer_id", "id"),
        Index("ix_order_queue", "state", "next_attempt_at", "id"),
        Index("ix_order_placed", "placed_at", sqlite_where=text("placed_at IS NOT NULL"),
              postgresql_where=text("placed_at IS NOT NULL")),
        Index("ix_order_look", "next_look_at", postgresql_where=text("next_look_at IS NOT NULL")),
        Index("ix_order_panel_number", "panel_number", sqlite_where=text("panel_number IS NOT NULL"),
              postgresql_where=text("panel_number IS NOT NULL")),
    )  # fmt: skip

    id: int = _id()
    customer_id: int = Field(sa_column=Column(BigInteger, ForeignKey("customer.id"), nullable=False))
    draft_id: int = Field(sa_column=Column(Id, ForeignKey("draft.id"), nullable=False, unique=True))
    chat_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    card_message_id: int | None = Field(default=None, sa_column=Column(BigInteger))  # the one live card
    service_id: str = Field(sa_column=Column(Text, ForeignKey("service.id"), nullable=False))
    service_name: str = Field(sa_column=Column(Text, nullable=False))  # as it was sold
    kind: str = Field(sa_column=Column(Text, nullable=False))  # shop.kinds.ServiceKind
    link: str = Field(sa_column=Column(Text, nullable=False))
    quantity: int | None = Field(default=None, sa_column=Column(BigInteger))  # of one run; None for packages
    total: int = Field(sa_column=Column(BigInteger, nullable=False))  # what is to be delivered over all runs
    comments: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    runs: int | None = None
    interval: int | None = None  # minutes
    rate: Decimal = Field(sa_column=Column(ExactDecimal, nullable=False))
    cost: Decimal = Field(sa_column=Column(ExactDecimal, nullable=False))  # what the panel should charge
    price: Decimal = Field(sa_column=Column(Micros, nullable=False))
    refunded: Decimal = Field(default=ZERO, sa_column=Column(Micros, nullable=False))
    state: OrderState = Field(default=OrderState.QUEUED, sa_column=Column(_words(OrderState), nullable=False))
    waiting_for: str | None = None  # why a queued order waits: shop.submission.Waiting
    problem: str | None = Field(default=None, sa_column=Column(Text))  # the panel's words of refusal
    problem_meaning: str | None = None  # panel.Meaning of it
    panel_order_id: str | None = Field(default=None, sa_column=Column(Text, unique=True))
    panel_number: int | None = Field(default=None, sa_column=Column(BigInteger))  # the same, where it is a number
    panel_status: str | None = Field(default=None, sa_column=Column(Text))  # as the panel words it
    start_count: int | None = Field(default=None, sa_column=Column(BigInteger))
    remains: int | None = Field(default=None, sa_column=Column(BigInteger))
    charge: Decimal | None = Field(default=None, sa_column=Column(ExactDecimal))
    attempts: int = 0
    next_attempt_at: datetime = _when()
    lease_until: datetime | None = _when(nullable=True)  # of the attempt under way
    next_look_at: datetime | None = _when(nullable=True)
    looked_at: datetime | None = _when(nullable=True)
    created_at: datetime = _when()
    placed_at: datetime | None = _when(nullable=True)
    changed_at: datetime = _when()
    ended_at: datetime | None = _when(nullable=True)
    refill_asked_at: datetime | None = _when(nullable=True)
    cancel_asked_at: datetime | None = _when(nullable=True)

    @property
    def delivered(self) -> int:
        """How much of `total` the panel says it delivered."""
        if self.state is OrderState.COMPLETED and self.remains is None:
            return self.total
        if self.remains is None:
            return 0
        return self.total - min(max(self.remains, 0), self.total)


class Attempt(SQLModel, table=True):
    """One call of `add`: written before it is made, closed when it is known what came of it."""

    id: int = _id()
    order_id: int = Field(sa_column=Column(Id, ForeignKey("customer_order.id"), nullable=False, index=True))
    started_at: datetime = _when(index=True)
    sent: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False, server_default="{}"))
    balance: Decimal | None = Field(default=None, sa_column=Column(ExactDecimal))  # the panel's, last seen before
    balance_at: datetime | None = _when(nullable=True)
    known_before: int | None = Field(default=None, sa_column=Column(BigInteger))  # highest panel number of ours then
    ended_at: datetime | None = _when(nullable=True)
    outcome: str | None = None  # accepted, refused, not_sent, unknown; None while under way or after a crash
    answer: str | None = Field(default=None, sa_column=Column(Text))  # the id, the refusal or the reason


class Verdict(StrEnum):
    """What the search for an unconfirmed order at the panel came to."""

    OPEN = "open"  # still looked for
    FOUND = "found"  # exactly one order of the panel can be it
    ABSENT = "absent"  # looked at every number it could have, and none is it
    UNCLEAR = "unclear"  # several could be it, or one that does not say what it charged
    NO_WINDOW = "no_window"  # nothing tells between which numbers to look
    DECIDED = "decided"  # an owner said what became of it, or the panel's late answer did


class Search(SQLModel, table=True):
    """The search for what became of one attempt: the numbers between which the panel's order must lie, if any.

    `low` and `high` are panel numbers of ours that were certainly given out before and after it.
    """

    __tablename__ = "attempt_search"
    __table_args__ = (
        Index("ix_attempt_search_due", "next_at", sqlite_where=text("next_at IS NOT NULL"),
              postgresql_where=text("next_at IS NOT NULL")),
    )  # fmt: skip

    attempt_id: int = Field(sa_column=Column(Id, ForeignKey("attempt.id"), primary_key=True, autoincrement=False))
    order_id: int = Field(sa_column=Column(Id, ForeignKey("customer_order.id"), nullable=False, index=True))
    verdict: Verdict = Field(default=Verdict.OPEN, sa_column=Column(_words(Verdict), nullable=False))
    low: int | None = Field(default=None, sa_column=Column(BigInteger))
    high: int | None = Field(default=None, sa_column=Column(BigInteger))
    asked_to: int | None = Field(default=None, sa_column=Column(BigInteger))  # every number up to this was asked for
    one_by_one: bool = False  # the panel refuses a list with an unknown number in it
    strangers: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    balance: Decimal | None = Field(default=None, sa_column=Column(ExactDecimal))  # the panel's, when it began
    told_at: datetime | None = _when(nullable=True)  # the owners have its card
    next_at: datetime | None = _when(nullable=True)  # of the next step; None once there is nothing left to find out
    created_at: datetime = _when()


class OwnerAct(SQLModel, table=True):
    """What an owner decided: who, when, about whom or what, and the facts it was decided on. Never changed."""

    __tablename__ = "owner_act"

    id: int = _id()
    actor_id: int | None = Field(default=None, sa_column=Column(BigInteger))  # None: the store by itself
    act: str = Field(sa_column=Column(Text, nullable=False))
    order_id: int | None = Field(default=None, sa_column=Column(Id, ForeignKey("customer_order.id"), index=True))
    customer_id: int | None = Field(default=None, sa_column=Column(BigInteger, ForeignKey("customer.id"), index=True))
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    created_at: datetime = _when()


class Notice(SQLModel, table=True):
    """A message to send unasked: written with the change it tells of, sent later, in order for each chat."""

    __table_args__ = (
        Index("ix_notice_open", "chat_id", "id", sqlite_where=text("done_at IS NULL"),
              postgresql_where=text("done_at IS NULL")),
        Index("ix_notice_due", "due_at", sqlite_where=text("done_at IS NULL"),
              postgresql_where=text("done_at IS NULL")),
    )  # fmt: skip

    id: int = _id()
    chat_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    kind: NoticeKind = Field(sa_column=Column(_words(NoticeKind), nullable=False))
    order_id: int | None = Field(default=None, sa_column=Column(Id, ForeignKey("customer_order.id"), index=True))
    content: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    due_at: datetime = _when()
    lease_until: datetime | None = _when(nullable=True)
    attempts: int = 0
    done_at: datetime | None = _when(nullable=True)
    failure: str | None = Field(default=None, sa_column=Column(Text))  # why it was given up
    created_at: datetime = _when()


class Conversation(SQLModel, table=True):
    """Where a chat stands in a journey; outlives a restart."""

    key: str = Field(sa_column=Column(Text, primary_key=True))
    state: str | None = Field(default=None, sa_column=Column(Text))
    data: str = Field(default="{}", sa_column=Column(Text, nullable=False))
    updated_at: datetime = _when()


class Fact(SQLModel, table=True):
    """A thing the store knows about itself: the panel's currency, the catalogue's version, why ordering waits."""

    key: str = Field(sa_column=Column(Text, primary_key=True))
    value: Any = Field(default=None, sa_column=Column(Json, nullable=True))
    updated_at: datetime = _when()


class PayWay(SQLModel, table=True):
    """A way to pay by hand, as the owner described it: a card, a wallet's address, a person to meet."""

    __tablename__ = "pay_way"

    id: int = _id()
    name: str = Field(sa_column=Column(Text, nullable=False))  # on the button
    text: str = Field(sa_column=Column(Text, nullable=False))  # what to do, in the owner's words
    address: str | None = Field(default=None, sa_column=Column(Text))  # to copy: a card's number, a wallet's address
    unit: str = Field(sa_column=Column(Text, nullable=False))  # the currency customers pay in
    rate: Decimal = Field(sa_column=Column(ExactDecimal, nullable=False))  # the shop's currency for one unit
    minimum: Decimal = Field(default=ZERO, sa_column=Column(ExactDecimal, nullable=False))  # units
    position: int = 0
    off_at: datetime | None = _when(nullable=True)
    created_at: datetime = _when()


class InvoiceState(StrEnum):
    """Where a request for money stands."""

    OPEN = "open"  # may be paid
    CLAIMED = "claimed"  # the customer says it is paid by hand; an owner decides
    PAID = "paid"
    REFUSED = "refused"  # an owner found no money
    CANCELED = "canceled"  # the customer left it, or asked for another
    EXPIRED = "expired"


class Invoice(SQLModel, table=True):
    """A request for money: so much into the wallet, for so many units of a way's currency, at that moment's rate."""

    __table_args__ = (
        CheckConstraint("amount > 0", name="invoice_asks_for_money"),
        Index("ix_invoice_customer", "customer_id", "id"),
        Index("ix_invoice_open", "customer_id", "way", unique=True, sqlite_where=text("state = 'open'"),
              postgresql_where=text("state = 'open'")),
        Index("ix_invoice_check", "next_check_at", sqlite_where=text("next_check_at IS NOT NULL"),
              postgresql_where=text("next_check_at IS NOT NULL")),
    )  # fmt: skip

    id: int = _id()
    customer_id: int = Field(sa_column=Column(BigInteger, ForeignKey("customer.id"), nullable=False))
    way: str = Field(sa_column=Column(Text, nullable=False))  # ways.Way.name
    choice: str = Field(
        default="", sa_column=Column(Text, nullable=False)
    )  # which of the way's: a PayWay's id, an asset
    amount: Decimal = Field(sa_column=Column(Micros, nullable=False))  # what the wallet gets
    units: Decimal = Field(sa_column=Column(ExactDecimal, nullable=False))  # what is to be paid
    unit: str = Field(sa_column=Column(Text, nullable=False))  # XTR, USDT, EUR
    token: str = Field(sa_column=Column(Text, nullable=False, unique=True))  # what a payment names it by
    state: InvoiceState = Field(default=InvoiceState.OPEN, sa_column=Column(_words(InvoiceState), nullable=False))
    draft_id: int | None = Field(default=None, sa_column=Column(Id, ForeignKey("draft.id")))  # waits for this money
    reference: str | None = Field(default=None, sa_column=Column(Text, index=True))  # the provider's number of it
    url: str | None = Field(default=None, sa_column=Column(Text))  # where it is paid
    actor_id: int | None = Field(default=None, sa_column=Column(BigInteger))  # the owner who decided
    reason: str | None = Field(default=None, sa_column=Column(Text))  # why it was refused
    next_check_at: datetime | None = _when(nullable=True)  # when the provider is asked about it
    expires_at: datetime = _when()
    created_at: datetime = _when()
    settled_at: datetime | None = _when(nullable=True)


class Proof(SQLModel, table=True):
    """What a customer shows for an invoice paid by hand, a picture or a reference, and what an owner made of it."""

    __table_args__ = (
        Index("ix_proof_waiting", "invoice_id", unique=True, sqlite_where=text("decided_at IS NULL"),
              postgresql_where=text("decided_at IS NULL")),
    )  # fmt: skip

    id: int = _id()
    invoice_id: int = Field(sa_column=Column(Id, ForeignKey("invoice.id"), nullable=False, index=True))
    customer_id: int = Field(sa_column=Column(BigInteger, ForeignKey("customer.id"), nullable=False))
    file_kind: str | None = Field(
        default=None, sa_column=Column(Text)
    )  # photo or document, as Telegram tells them apart
    file_id: str | None = Field(default=None, sa_column=Column(Text))  # what it is sent again by
    file_mark: str | None = Field(default=None, sa_column=Column(Text, index=True))  # the same for every copy of it
    text: str | None = Field(default=None, sa_column=Column(Text))  # the customer's words
    text_mark: str | None = Field(default=None, sa_column=Column(Text, index=True))  # the same however they are typed
    cards: dict[str, int] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))  # owner: their message
    actor_id: int | None = Field(default=None, sa_column=Column(BigInteger))  # the owner who decided
    amount: Decimal | None = Field(default=None, sa_column=Column(Micros))  # what was credited; None: it was refused
    reason: str | None = Field(default=None, sa_column=Column(Text))  # why it was refused
    created_at: datetime = _when()
    decided_at: datetime | None = _when(nullable=True)


class RefundState(StrEnum):
    """Where the return of a payment stands."""

    ASKED = "asked"  # taken from the wallet, to be sent back
    DONE = "done"
    FAILED = "failed"  # the provider refused for good; the wallet has it again


class Payment(SQLModel, table=True):
    """Money that arrived, once for each charge of a way."""

    __table_args__ = (
        CheckConstraint("amount > 0", name="payment_credits_money"),
        Index("ix_payment_charge", "way", "charge_id", unique=True),
        Index("ix_payment_customer", "customer_id", "id"),
        Index("ix_payment_refund", "refund_next_at", sqlite_where=text("refund_next_at IS NOT NULL"),
              postgresql_where=text("refund_next_at IS NOT NULL")),
    )  # fmt: skip

    id: int = _id()
    customer_id: int = Field(sa_column=Column(BigInteger, ForeignKey("customer.id"), nullable=False))
    way: str = Field(sa_column=Column(Text, nullable=False))
    charge_id: str = Field(sa_column=Column(Text, nullable=False))  # the provider's name of this payment
    invoice_id: int | None = Field(default=None, sa_column=Column(Id, ForeignKey("invoice.id"), index=True))
    units: Decimal = Field(sa_column=Column(ExactDecimal, nullable=False))
    unit: str = Field(sa_column=Column(Text, nullable=False))
    amount: Decimal = Field(sa_column=Column(Micros, nullable=False))  # what the wallet got for it
    refund_state: RefundState | None = Field(default=None, sa_column=Column(_words(RefundState)))
    refunds_asked: int = 0  # how often: each asking takes the money once
    refund_actor_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    refund_next_at: datetime | None = _when(nullable=True)  # of the next try to send it back
    refund_attempts: int = 0
    refund_failure: str | None = Field(default=None, sa_column=Column(Text))
    refunded_at: datetime | None = _when(nullable=True)
    created_at: datetime = _when()


class BonusCode(SQLModel, table=True):
    """A word that brings a bonus: an amount, or a percent of a top-up."""

    __tablename__ = "bonus_code"
    __table_args__ = (CheckConstraint("(amount IS NULL) <> (percent IS NULL)", name="code_is_amount_or_percent"),)

    id: int = _id()
    code: str = Field(sa_column=Column(Text, nullable=False, unique=True))  # casefolded
    amount: Decimal | None = Field(default=None, sa_column=Column(Micros))
    percent: Decimal | None = Field(default=None, sa_column=Column(ExactDecimal))
    most_uses: int | None = None  # by all customers together
    most_uses_each: int = 1  # by one customer
    least_top_up: Decimal = Field(default=ZERO, sa_column=Column(Micros, nullable=False))
    most_bonus: Decimal | None = Field(default=None, sa_column=Column(Micros))  # of one use of a percent
    uses: int = 0
    ends_at: datetime | None = _when(nullable=True)
    off_at: datetime | None = _when(nullable=True)
    actor_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    created_at: datetime = _when()


class BonusUse(SQLModel, table=True):
    """A code a customer gave: waits for their next top-up, or was paid out."""

    __tablename__ = "bonus_use"
    __table_args__ = (
        Index("ix_bonus_use_customer", "customer_id", "code_id"),
        Index("ix_bonus_use_waiting", "customer_id", unique=True, sqlite_where=text("used_at IS NULL"),
              postgresql_where=text("used_at IS NULL")),
    )  # fmt: skip

    id: int = _id()
    code_id: int = Field(sa_column=Column(Id, ForeignKey("bonus_code.id"), nullable=False, index=True))
    customer_id: int = Field(sa_column=Column(BigInteger, ForeignKey("customer.id"), nullable=False))
    payment_id: int | None = Field(default=None, sa_column=Column(Id, ForeignKey("payment.id")))
    used_at: datetime | None = _when(nullable=True)
    created_at: datetime = _when()


class BonusGuess(SQLModel, table=True):
    """A code that was refused to a customer: guessing is bounded by how many there were within the hour."""

    __tablename__ = "bonus_guess"
    __table_args__ = (Index("ix_bonus_guess_customer", "customer_id", "created_at"),)

    id: int = _id()
    customer_id: int = Field(sa_column=Column(BigInteger, ForeignKey("customer.id"), nullable=False))
    created_at: datetime = _when()
