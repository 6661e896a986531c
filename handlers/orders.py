"""Looking after orders: the list, one order, and what can be asked of the panel about it."""

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import BufferedInputFile, CallbackQuery, Message

from db.engine import Database
from db.tables import Customer, Order
from handlers import order_card
from handlers.screen import Screen, Tap, redraw, show, show_below
from keyboards import orders as keys
from keyboards.callbacks import OnOrder, Open, OpenOrders, OrderAct, To
from panel import Meaning, PanelClient, PanelRefused
from shop import ordering, orders, tracking
from shop.errors import NotPossible, OrderGone, TooSoon
from shop.orders import Filter
from shop.policy import Policy
from shop.steps import step
from texts import Speech

# Between the shop and its panel; a customer can do nothing about these but try again later.
OURS = {Meaning.KEY, Meaning.FUNDS, Meaning.THROTTLE, Meaning.OUTAGE, Meaning.REQUEST}
LONGEST_WORDS = 160  # UTF-16 units; Telegram's answer to a tap takes 200 (Bot API, answerCallbackQuery)


def refusal_words(say: Speech, refused: PanelRefused) -> str:
    """Return what to tell a customer whose request the panel refused: its reason, unless that is the shop's own."""
    if refused.meaning in OURS:
        return say.label("error-panel")
    return say.label("panel-says", text=order_card.held(refused.text, LONGEST_WORDS, units_of_a_sign=1))


async def list_screen(db: Database, customer: Customer, say: Speech, which: Filter, page: int) -> Screen:
    """Return a page of the customer's orders."""
    async with db.read() as session:
        found = await orders.list_orders(session, customer.id, which, page)
    if not found.orders and which is Filter.ALL:
        return Screen(say("orders-none"), keys.order_list(say, found, which))
    text = say("orders-title", count=found.count)
    if found.pages > 1:
        text += " · " + say("page-of", page=found.page + 1, pages=found.pages)
    return Screen(text, keys.order_list(say, found, which))


async def order_screen(db: Database, say: Speech, order: Order) -> Screen:
    """Return one order in the menu, with what can be done about it."""
    async with db.read() as session:
        can = await orders.what_can_be_asked(session, order)
    return Screen(order_card.card(say, order), keys.order_menu(say, order, can))


async def orders_command(message: Message, state: FSMContext, say: Speech, customer: Customer, db: Database) -> None:
    """Answer /orders."""
    await show_below(message, await list_screen(db, customer, say, Filter.ALL, 0), state)


async def open_orders(
    callback: CallbackQuery,
    callback_data: Open | OpenOrders,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
) -> None:
    """Show a page of orders."""
    if isinstance(callback_data, OpenOrders):
        which, page = callback_data.which, callback_data.page
    else:
        which, page = Filter.ALL, 0
    screen = await list_screen(db, customer, say, which, page)
    fresh = isinstance(callback_data, Open) and callback_data.fresh
    await show(callback, screen, state, tap, fresh=fresh)


async def order_by_number(message: Message, state: FSMContext, say: Speech, customer: Customer, db: Database) -> None:
    """Answer /order_1048. Raises OrderGone."""
    number = (message.text or "").split("@")[0].removeprefix("/order_").strip()
    if not number.isdecimal() or len(number) > 18:
        raise OrderGone
    async with db.read() as session:
        order = await orders.find(session, int(number), customer.id)
    await show_below(message, await order_screen(db, say, order), state)


async def open_order(
    callback: CallbackQuery,
    callback_data: OnOrder,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
) -> None:
    """Show one order in the menu."""
    async with db.read() as session:
        order = await orders.find(session, callback_data.id, customer.id)
    await show(callback, await order_screen(db, say, order), state, tap, fresh=callback_data.fresh)


async def refresh(
    callback: CallbackQuery,
    callback_data: OnOrder,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
    panel: PanelClient,
    policy: Policy,
) -> None:
    """Look at the panel now and draw the card anew. Raises NotPossible, PanelUnavailable and so on."""
    try:
        order = await tracking.refresh(db, panel, policy, callback_data.id, customer.id)
    except TooSoon as soon:
        await tap.answer(say.label("error-too-soon", seconds=soon.seconds))
        return
    except PanelRefused as refused:
        await tap.answer(refusal_words(say, refused), alert=True)
        return
    if callback_data.act is OrderAct.REFRESH_CARD:
        await redraw(callback, order_card.screen(say, order), tap)
    else:
        await show(callback, await order_screen(db, say, order), state, tap)


async def send_comments(
    callback: CallbackQuery, callback_data: OnOrder, tap: Tap, customer: Customer, db: Database, say: Speech
) -> None:
    """Send an order's comments as a file."""
    async with db.read() as session:
        order = await orders.find(session, callback_data.id, customer.id)
    if not order.comments:
        raise NotPossible
    await tap.answer()
    if isinstance(callback.message, Message):
        content = "\n".join(order.comments).encode()
        await callback.message.answer_document(
            BufferedInputFile(content, f"comments-{order.id}.txt"),
            caption=say("comments-of-order", id=str(order.id)),
        )


async def ask_panel(
    callback: CallbackQuery,
    callback_data: OnOrder,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
    panel: PanelClient,
) -> None:
    """Ask the panel for a refill or a cancellation and show its answer: asked for is not done."""
    ask = orders.ask_refill if callback_data.act is OrderAct.REFILL else orders.ask_cancel
    try:
        order, words = await ask(db, panel, callback_data.id, customer.id)
    except PanelRefused as refused:
        await tap.answer(refusal_words(say, refused), alert=True)
        return
    key = "refill-asked" if callback_data.act is OrderAct.REFILL else "cancel-asked"
    await tap.answer(say.label(key, text=words), alert=True)
    await show(callback, await order_screen(db, say, order), state, tap)


async def ask_if_sure(
    callback: CallbackQuery,
    callback_data: OnOrder,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
) -> None:
    """Ask once before a cancellation."""
    async with db.read() as session:
        order = await orders.find(session, callback_data.id, customer.id)
    if callback_data.act is OrderAct.CANCEL:
        sure, label, question = OrderAct.CANCEL_SURE, "button-cancel-sure", "cancel-question"
    else:
        sure, label, question = OrderAct.WITHDRAW_SURE, "button-withdraw-sure", "withdraw-question"
    text = say(question, id=str(order.id), price=say.money(order.price))
    screen = Screen(text, keys.are_you_sure(say, order, sure, label))
    await show(callback, screen, state, tap, fresh=callback_data.fresh)


async def withdraw(
    callback: CallbackQuery,
    callback_data: OnOrder,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
) -> None:
    """Take an order back that still waits in line. Raises NotPossible once the panel may have been asked."""
    async with db.begin() as session:
        order = await ordering.withdraw(session, callback_data.id, customer.id)
        step("withdraw.withdrawing")
    step("withdraw.withdrawn")
    await tap.answer(say.label("withdrawn", amount=say.money(order.refunded)))
    await show(callback, await order_screen(db, say, order), state, tap)


def build() -> Router:
    """Return the routes of this journey."""
    router = Router(name="orders")
    router.message.register(orders_command, Command("orders"))
    router.message.register(order_by_number, F.text.regexp(r"^/order_\w+"))
    router.callback_query.register(open_orders, OpenOrders.filter())
    router.callback_query.register(open_orders, Open.filter(F.to == To.ORDERS))
    for handler, acts in (
        (open_order, {OrderAct.OPEN}),
        (refresh, {OrderAct.REFRESH, OrderAct.REFRESH_CARD}),
        (send_comments, {OrderAct.COMMENTS}),
        (ask_panel, {OrderAct.REFILL, OrderAct.CANCEL_SURE}),
        (ask_if_sure, {OrderAct.CANCEL, OrderAct.WITHDRAW}),
        (withdraw, {OrderAct.WITHDRAW_SURE}),
    ):
        router.callback_query.register(handler, OnOrder.filter(F.act.in_(acts)))
    return router
