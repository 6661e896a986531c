"""The store's books beside the panel's and beside what stands on people's screens: what does not agree, in words.

Worked out anew from the panel's last word and the rules of the design, with none of the store's own arithmetic.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil

from sqlmodel import col, select

from db.engine import Database
from db.tables import (
    Customer,
    EntryKind,
    Invoice,
    LedgerEntry,
    Notice,
    Order,
    OrderState,
    Payment,
    RefundState,
    Search,
    Verdict,
)
from sandbox.panel import SandboxOrder, SandboxPanel
from sandbox.telegram import SandboxTelegram

ZERO = Decimal(0)
# Not known to be at the panel, nor known not to be.
OPEN = {OrderState.SUBMITTING, OrderState.UNCONFIRMED}
UNSETTLED = {OrderState.QUEUED, OrderState.SUBMITTING}
ENDED = {
    OrderState.COMPLETED: "Order {} is complete",
    OrderState.PARTIAL: "Order {} ended early",
    OrderState.CANCELED: "Order {} was canceled",
    OrderState.REJECTED: "Order {} was not taken",
}
ON_CARD = {
    OrderState.QUEUED: "in line",
    OrderState.SUBMITTING: "being sent",
    OrderState.UNCONFIRMED: "being checked",
    OrderState.PLACED: "in progress",
    OrderState.COMPLETED: "complete",
    OrderState.PARTIAL: "ended early",
    OrderState.CANCELED: "canceled",
    OrderState.REJECTED: "not taken",
}
PANEL_STATES = {
    "completed": OrderState.COMPLETED,
    "partial": OrderState.PARTIAL,
    "canceled": OrderState.CANCELED,
}


@dataclass(frozen=True)
class Books:
    """What the store has written down."""

    customers: list[Customer]
    entries: list[LedgerEntry]
    orders: list[Order]
    notices: list[Notice]
    searches: dict[int, Search]  # the last one of each order
    invoices: list[Invoice]
    payments: list[Payment]


async def read_books(db: Database) -> Books:
    """Read everything as it is at one moment."""
    async with db.snapshot() as session:
        return Books(
            list((await session.exec(select(Customer))).all()),
            list((await session.exec(select(LedgerEntry).order_by(col(LedgerEntry.id)))).all()),
            list((await session.exec(select(Order).order_by(col(Order.id)))).all()),
            list((await session.exec(select(Notice).order_by(col(Notice.id)))).all()),
            {
                search.order_id: search
                for search in (await session.exec(select(Search).order_by(col(Search.attempt_id)))).all()
            },
            list((await session.exec(select(Invoice).order_by(col(Invoice.id)))).all()),
            list((await session.exec(select(Payment).order_by(col(Payment.id)))).all()),
        )


def wrong_wallets(books: Books) -> Iterable[str]:
    """A balance is the sum of its entries and never below 0; an order is paid once and refunded within its price."""
    for customer in books.customers:
        running = ZERO
        for entry in (entry for entry in books.entries if entry.customer_id == customer.id):
            running += entry.amount
            if entry.balance_after != running or running < 0:
                yield f"customer {customer.id}: entry {entry.id} says {entry.balance_after}, the sum is {running}"
        if customer.balance != running:
            yield f"customer {customer.id}: the balance is {customer.balance}, the entries make {running}"
    for key, count in Counter(entry.key for entry in books.entries).items():
        if count > 1:
            yield f"the ledger has {key} {count} times"
    for order in books.orders:
        entries = [entry for entry in books.entries if entry.order_id == order.id]
        paid = [entry.amount for entry in entries if entry.kind is EntryKind.PURCHASE]
        back = sum((entry.amount for entry in entries if entry.kind is EntryKind.REFUND), ZERO)
        if paid != [-order.price] or any(entry.customer_id != order.customer_id for entry in entries):
            yield f"order {order.id}: paid {paid}, the price is {order.price}"
        if not 0 <= back == order.refunded <= order.price:
            yield f"order {order.id}: {back} went back, {order.refunded} is noted, the price is {order.price}"


def wrong_payments(books: Books) -> Iterable[str]:
    """A payment was credited once, whole, to who asked for its invoice; only what went back left the wallet for it."""
    invoices = {invoice.id: invoice for invoice in books.invoices}
    for (way, charge), count in Counter((each.way, each.charge_id) for each in books.payments).items():
        if count > 1:
            yield f"the charge {charge} of {way} was credited {count} times"
    for payment in books.payments:
        mine = [entry for entry in books.entries if entry.payment_id == payment.id]
        put_in = [entry.amount for entry in mine if entry.kind is EntryKind.TOP_UP]
        moved = sum((entry.amount for entry in mine if entry.key.startswith("payment-refund")), ZERO)
        invoice = invoices.get(payment.invoice_id or 0)
        if put_in != [payment.amount] or any(entry.customer_id != payment.customer_id for entry in mine):
            yield f"payment {payment.id} of {payment.amount} to {payment.customer_id} was credited as {put_in}"
        if invoice and (invoice.customer_id, invoice.state.value) != (payment.customer_id, "paid"):
            yield f"payment {payment.id} is of invoice {invoice.id} ({invoice.state}) of {invoice.customer_id}"
        elsewhere = payment.refund_state is RefundState.DONE and payment.refund_actor_id is None
        gone = -payment.amount if payment.refund_state in {RefundState.ASKED, RefundState.DONE} else ZERO
        if moved != gone and not (elsewhere and gone <= moved <= ZERO):
            yield f"payment {payment.id} ({payment.refund_state}): {moved} of {payment.amount} left the wallet"
    known = {payment.id for payment in books.payments}
    for entry in books.entries:
        if entry.kind is EntryKind.TOP_UP and entry.payment_id not in known:
            yield f"the top-up {entry.key} of {entry.amount} is of no payment"


def wrong_stars(books: Books, telegram: SandboxTelegram) -> Iterable[str]:
    """The Stars in the bot's account are those in the wallets, at the invoice's rate; what went back did so in both."""
    invoices = {invoice.token: invoice for invoice in books.invoices}
    payments = {payment.charge_id: payment for payment in books.payments if payment.unit == "XTR"}
    for charge, there in telegram.world.star_charges.items():
        paid = there["paid"]
        invoice, payment = invoices.get(paid["invoice_payload"]), payments.pop(charge, None)
        if invoice is None:
            continue
        credited = payment and (payment.customer_id, payment.units, payment.amount)
        if credited != (invoice.customer_id, paid["total_amount"], invoice.amount):
            yield f"{paid['total_amount']} Stars ({charge}) for {invoice.amount} were credited as {credited}"
        if payment and there["refunded"] is not (payment.refund_state is RefundState.DONE):
            yield f"the Stars of {charge} were{'' if there['refunded'] else ' not'} sent back: {payment.refund_state}"
    yield from (f"the Stars of {charge} were never paid" for charge in payments)


def without_receipt(books: Books, telegram: SandboxTelegram, deaf: Collection[int] = ()) -> Iterable[str]:
    """Who paid has a message with the charge id, and one more when it went back; `deaf` are chats that blocked."""
    for payment in books.payments:
        if payment.customer_id in deaf:
            continue
        messages = telegram.world.chats[payment.customer_id].messages.values()
        receipts = sum(payment.charge_id in message.text for message in messages)
        if receipts < (2 if payment.refund_state is RefundState.DONE else 1):
            yield f"payment {payment.id} ({payment.refund_state}) has {receipts} receipts"


def wrong_orders(books: Books, panel: SandboxPanel) -> Iterable[str]:
    """Each confirmed order is at the panel at most once; whatever is at the panel is one of ours, and only one."""
    numbered = {order.panel_order_id: order for order in books.orders if order.panel_order_id}
    for number, order in numbered.items():
        there = panel.orders.get(number)
        if there is None:
            yield f"order {order.id} is lost: the panel has no {number}"
        elif what(there) != what_of(order) or wrong_count(order, there):
            yield f"order {order.id} holds {number}, which is of {there.quantity} of {what(there)}"
    unclaimed = Counter(what(there) for there in panel.orders.values() if there.id not in numbered)
    may_be = Counter(
        (order.service_id, order.link) for order in books.orders if order.state in OPEN and order.panel_order_id is None
    )
    for thing, count in unclaimed.items():
        if count > may_be[thing]:
            same = [f"{order.id} ({order.state})" for order in books.orders if order.link == thing[1]]
            yield f"the panel has {count} of {thing} that no order of ours claims: twice or unasked; orders {same}"
    for order in books.orders:
        nowhere = order.panel_order_id is None
        given_back = order.state is OrderState.CANCELED and order.refunded == order.price
        if nowhere and not given_back and order.state not in {*OPEN, OrderState.QUEUED, OrderState.REJECTED}:
            yield f"order {order.id} is {order.state} and was never at the panel"


def what(there: SandboxOrder) -> tuple[str, str]:
    """Service and link: what an order is of."""
    return there.service, there.url


def what_of(order: Order) -> tuple[str, str]:
    """The same of an order of ours."""
    return order.service_id, order.link


def wrong_count(order: Order, there: SandboxOrder) -> bool:
    """Whether the panel took it for another quantity; a package's is the panel's own affair."""
    return "package" not in order.kind and order.total != there.quantity


def wrong_states(books: Books, panel: SandboxPanel) -> Iterable[str]:
    """The store's state and its refund are what the panel's last word makes of them."""
    for order in books.orders:
        there = panel.orders.get(order.panel_order_id or "")
        if there is not None and order.state is not PANEL_STATES.get(there.status.lower(), OrderState.PLACED):
            yield f"order {order.id} is {order.state}, at the panel {there.status}"
        due = refund_of(order, there)
        if order.refunded != due:
            yield (
                f"order {order.id} ({order.state}): {order.refunded} of {order.price} went back, due is {due}; panel: "
                f"{there and (there.status, there.remains, there.charge)}"
            )


def refund_of(order: Order, there: SandboxOrder | None) -> Decimal:
    """What has to have gone back of the order's price, by the panel's last word."""
    if there is None:
        return order.price if order.state in {OrderState.REJECTED, OrderState.CANCELED} else ZERO
    state = PANEL_STATES.get(there.status.lower())
    if state not in {OrderState.PARTIAL, OrderState.CANCELED}:
        return ZERO
    if state is OrderState.CANCELED and there.charge == 0:
        return order.price
    delivered = Fraction(order.total - there.remains, order.total)
    if "package" in order.kind and there.charge is not None and there.charge < order.cost:
        delivered = Fraction(there.charge) / Fraction(order.cost)
    kept = Decimal(ceil(Fraction(order.price) * delivered * 100)) / 100
    return order.price - min(kept, order.price)


def untold(books: Books, telegram: SandboxTelegram, deaf: Collection[int] = ()) -> Iterable[str]:
    """Each order's card shows where it stands, and whoever's order ended has read so; `deaf` are chats that blocked."""
    for order in books.orders:
        if order.chat_id in deaf:
            continue
        messages = telegram.world.chats[order.chat_id].messages
        card = messages.get(order.card_message_id or 0)
        if card is None or not card.text.startswith(f"Order {order.id} · {ON_CARD[order.state]}"):
            yield f"order {order.id} is {order.state}, its card says: {card and card.text.splitlines()[0]}"
        withdrawn = order.state is OrderState.CANCELED and order.panel_order_id is None
        words = ENDED.get(order.state)
        if words and not withdrawn and not any(words.format(order.id) in each.text for each in messages.values()):
            yield f"order {order.id} is {order.state}, and the customer was not told"


def unexplained(books: Books, telegram: SandboxTelegram, owners: Collection[int]) -> Iterable[str]:
    """The owners know of every order that is being checked."""
    for order in books.orders:
        if order.state is OrderState.UNCONFIRMED:
            for owner in owners:
                messages = telegram.world.chats[owner].messages.values()
                if not any(f"Order {order.id} " in message.text for message in messages):
                    yield f"order {order.id} is being checked, and owner {owner} does not know"


def false_facts(books: Books, panel: SandboxPanel) -> Iterable[str]:
    """What the owners are told of an order that is being checked is true: it is not there, or among these numbers."""
    claimed = {order.panel_order_id for order in books.orders}
    unclaimed = [there for there in panel.orders.values() if there.id not in claimed]
    for order in books.orders:
        search = books.searches.get(order.id)
        if order.state is not OrderState.UNCONFIRMED or search is None:
            continue
        number = next((int(there.id) for there in unclaimed if what(there) == what_of(order)), None)
        shown = {stranger["number"] for stranger in search.strangers}
        if search.verdict is Verdict.ABSENT and number is not None:
            yield f"order {order.id} is said not to be at the panel, and is there as {number}"
        if search.verdict is Verdict.UNCLEAR and number is not None and number not in shown:
            yield f"order {order.id} is at the panel as {number}, the owner is shown {sorted(shown)}"


def still_looked_for(books: Books) -> list[str]:
    """Orders that are being checked and have not come to the owners yet."""
    return [
        f"order {order.id} is being looked for"
        for order in books.orders
        if order.state is OrderState.UNCONFIRMED
        and (order.id not in books.searches or books.searches[order.id].verdict is Verdict.OPEN)
    ]


def failed_notices(books: Books, deaf: Collection[int] = ()) -> Iterable[str]:
    """No message was given up, but to those who blocked the bot."""
    for notice in books.notices:
        if notice.done_at is not None and notice.failure is not None and notice.chat_id not in deaf:
            yield f"notice {notice.id} ({notice.kind} to {notice.chat_id}) was given up: {notice.failure}"


async def compare(
    db: Database,
    panel: SandboxPanel,
    telegram: SandboxTelegram,
    *,
    owners: Collection[int] = (),
    deaf: Collection[int] = (),
) -> list[str]:
    """Return everything that does not agree once nothing is under way any more."""
    books = await read_books(db)
    return [
        *wrong_wallets(books),
        *wrong_payments(books),
        *wrong_stars(books, telegram),
        *without_receipt(books, telegram, deaf),
        *wrong_orders(books, panel),
        *wrong_states(books, panel),
        *untold(books, telegram, deaf),
        *unexplained(books, telegram, owners),
        *false_facts(books, panel),
        *failed_notices(books, deaf),
    ]


async def unsettled(db: Database, panel: SandboxPanel, telegram: SandboxTelegram) -> list[str]:
    """Return what is still under way: orders in line or being sent, changes not seen yet, messages not sent.

    And Stars that were paid, or sent back, and not written down.
    """
    books = await read_books(db)
    under_way = [f"order {order.id} is {order.state}" for order in books.orders if order.state in UNSETTLED]
    for order in books.orders:
        there = panel.orders.get(order.panel_order_id or "")
        if there is not None and (order.panel_status, order.remains) != (there.status, there.remains):
            under_way.append(f"order {order.id}: {order.panel_status} {order.remains}; {there.status} {there.remains}")
    under_way += wrong_stars(books, telegram)
    under_way += [f"payment {each.id} goes back" for each in books.payments if each.refund_state is RefundState.ASKED]
    open_notices: defaultdict[int, int] = defaultdict(int)
    for notice in books.notices:
        if notice.done_at is None:
            open_notices[notice.chat_id] += 1
    return under_way + [f"{count} notices to {chat}" for chat, count in open_notices.items()]
