"""Keyboards of orders: the list, an order's card in the menu, its live card, and the message that tells its end."""

from aiogram.types import InlineKeyboardMarkup

from db.tables import Order, OrderState
from keyboards.base import Row, back, button, copy, keyboard, turner
from keyboards.callbacks import OnOrder, Open, OpenOrders, OrderAct, To
from shop.names import short
from shop.orders import Can, Filter, OrderList
from texts import Speech

MARKS = {
    OrderState.QUEUED: "⏳",
    OrderState.SUBMITTING: "⏳",
    OrderState.UNCONFIRMED: "🔍",
    OrderState.PLACED: "▶️",
    OrderState.COMPLETED: "✔️",
    OrderState.PARTIAL: "◐",
    OrderState.CANCELED: "⛔",
    OrderState.REJECTED: "⛔",
}
NAME_LENGTH = 24


def order_list(say: Speech, found: OrderList, which: Filter) -> InlineKeyboardMarkup:
    """Return the filters, the orders of the page, and the pages beside it."""
    filters = [
        button(
            say.label(f"orders-filter-{name.value}") + (" •" if name is which else ""),
            OpenOrders(which=name),
        )
        for name in (Filter.RUNNING, Filter.ENDED, Filter.CHECKED)
    ]
    rows = [
        [
            button(
                f"{MARKS[order.state]} {order.id} · {short(order.service_name, NAME_LENGTH)}{_done(say, order)}",
                OnOrder(id=order.id, act=OrderAct.OPEN),
            )
        ]
        for order in found.orders
    ]
    empty: Row = []
    if not found.orders:
        empty = [button(say.label("button-catalogue"), Open(to=To.CATALOGUE))]
    earlier = OpenOrders(which=which, page=found.page - 1)
    later = OpenOrders(which=which, page=found.page + 1)
    home = back(say, Open(to=To.HOME))
    every: Row = [button(say.label("orders-filter-all"), OpenOrders(which=Filter.ALL))]
    return keyboard(
        *rows,
        empty,
        turner(say, found.page, found.pages, earlier, later),
        filters,
        [*(every if which is not Filter.ALL else []), home],
    )


def _done(say: Speech, order: Order) -> str:
    """Return how far an order is, where it is under way or ended early and the count is known."""
    if order.state not in {OrderState.PLACED, OrderState.PARTIAL} or order.remains is None or order.total == 1:
        return ""
    return " · " + say.label("orders-done", done=say.number(order.delivered), total=say.number(order.total))


def order_menu(say: Speech, order: Order, can: Can) -> InlineKeyboardMarkup:
    """Return what can be done with an order, in the menu."""

    def act(label: str, what: OrderAct, *, fresh: bool = False) -> Row:
        return [button(say.label(label), OnOrder(id=order.id, act=what, fresh=fresh))]

    first = act("button-refresh", OrderAct.REFRESH) if can.refresh else []
    numbers = [copy(f"📋 {order.id}", str(order.id))]
    if order.panel_order_id and len(order.panel_order_id) <= 40:
        numbers.append(copy(say.label("button-copy-panel", id=order.panel_order_id), order.panel_order_id))
    asks: Row = []
    if can.refill:
        asks += act("button-refill", OrderAct.REFILL)
    if can.cancel:
        asks += act("button-ask-cancel", OrderAct.CANCEL)
    if can.withdraw:
        asks += act("button-withdraw", OrderAct.WITHDRAW)
    more: Row = []
    if order.comments:
        more += act("button-comments-file", OrderAct.COMMENTS)
    more += act("button-again", OrderAct.AGAIN, fresh=True)
    return keyboard(first, numbers, asks, more, [back(say, Open(to=To.ORDERS))])


def live_card(say: Speech, order: Order) -> InlineKeyboardMarkup:
    """Return the few buttons of the live card."""
    first: Row = []
    if order.panel_order_id is not None:
        first.append(button(say.label("button-refresh"), OnOrder(id=order.id, act=OrderAct.REFRESH_CARD)))
    first.append(copy(f"📋 {order.id}", str(order.id)))
    withdraw: Row = []
    if order.state is OrderState.QUEUED and order.waiting_for is not None:
        act = OnOrder(id=order.id, act=OrderAct.WITHDRAW, fresh=True)
        withdraw.append(button(say.label("button-withdraw"), act))
    return keyboard(first, withdraw)


def ended(say: Speech, order: Order) -> InlineKeyboardMarkup:
    """Return where to go on after the end of an order; the message itself stays."""
    return keyboard(
        [
            button(say.label("button-again"), OnOrder(id=order.id, act=OrderAct.AGAIN, fresh=True)),
            button(say.label("button-orders"), Open(to=To.ORDERS, fresh=True)),
        ],
        [copy(f"📋 {order.id}", str(order.id))],
    )


def are_you_sure(say: Speech, order: Order, act: OrderAct, label: str) -> InlineKeyboardMarkup:
    """Return the question's two answers."""
    return keyboard(
        [button(say.label(label), OnOrder(id=order.id, act=act))],
        [back(say, OnOrder(id=order.id, act=OrderAct.OPEN))],
    )
