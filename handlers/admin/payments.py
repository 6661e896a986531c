"""The owner looks at payments, finds one by the number on its receipt, and sends one back. That asks first, once."""

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from db.engine import Database
from db.tables import Customer, Payment
from handlers import payment_card
from handlers.admin.owners import IsOwner
from handlers.screen import Screen, Tap, show, show_below
from handlers.states import Desk
from handlers.top_up import Ways
from keyboards import payments as keys
from keyboards.callbacks import OnPayment, Open, OpenPayments, PayAct, To
from shop import payment_desk, payments, returns
from shop.errors import AlreadyRefunded, AlreadySpent, NotEnoughMoney, PaymentGone
from shop.policy import Policy
from shop.steps import step
from texts import Speech

BY_HAND = {PayAct.RETURNED, PayAct.RETURNED_FROM_BALANCE}
FROM_BALANCE = {PayAct.RETURN_FROM_BALANCE, PayAct.RETURNED_FROM_BALANCE}


async def open_payments(
    callback: CallbackQuery, callback_data: OpenPayments, state: FSMContext, say: Speech, tap: Tap, db: Database
) -> None:
    """Show a page of the payments, the newest first."""
    async with db.read() as session:
        found = await payment_desk.list_payments(session, callback_data.page)
    await show(callback, Screen(say("payments-title", count=found.count), keys.payment_list(say, found)), state, tap)


async def open_payment(
    callback: CallbackQuery,
    callback_data: OnPayment,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    db: Database,
    ways: Ways,
) -> None:
    """Show one payment. Raises PaymentGone."""
    await show(callback, await _card(db, say, ways, callback_data.id), state, tap)


async def payment_by_number(message: Message, state: FSMContext, say: Speech, db: Database, ways: Ways) -> None:
    """Answer /pay_17 with anybody's payment. Raises PaymentGone."""
    await show_below(message, await _card(db, say, ways, payment_card.number_in(message)), state)


async def _card(db: Database, say: Speech, ways: Ways, payment_id: int) -> Screen:
    async with db.read() as session:
        case = await payment_desk.case(session, payment_id)
    return payment_card.of_owner(say, case, by_hand=_is_by_hand(ways, case.payment))


def _is_by_hand(ways: Ways, payment: Payment) -> bool:
    """Whether the store cannot send it back: the way does not, or is not there any more."""
    way = ways.get(payment.way)
    return way is None or not way.sends_back


# --- found by its number --------------------------------------------------------------------------


async def ask_for_charge(callback: CallbackQuery, state: FSMContext, say: Speech, tap: Tap) -> None:
    """Ask for the number that stands on the customer's receipt."""
    await state.set_state(Desk.charge)
    await show(callback, Screen(say("payments-find-type"), keys.find(say)), state, tap)


async def take_charge(message: Message, state: FSMContext, say: Speech, db: Database, ways: Ways) -> None:
    """Show the payment of a charge id, or ask again."""
    try:
        async with db.read() as session:
            payment = await payment_desk.find(session, message.text or "")
    except PaymentGone:
        text = f"{say('error-payment-gone')}\n{say('payments-find-type')}"
        await show_below(message, Screen(text, keys.find(say)), state)
        return
    await state.set_state(None)
    await show_below(message, await _card(db, say, ways, payment.id), state)


# --- sent back ------------------------------------------------------------------------------------


async def ask_if_sure(
    callback: CallbackQuery,
    callback_data: OnPayment,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    db: Database,
    ways: Ways,
) -> None:
    """Say what sending it back takes, and ask once. Raises PaymentGone, AlreadyRefunded."""
    await show(callback, await _question(db, say, ways, callback_data.id), state, tap)


async def _question(db: Database, say: Speech, ways: Ways, payment_id: int) -> Screen:
    async with db.read() as session:
        case = await payment_desk.case(session, payment_id)
    if case.payment.refund_state in returns.GONE:
        raise AlreadyRefunded
    by_hand = _is_by_hand(ways, case.payment)
    amount, balance = say.money(case.payment.amount), say.money(case.customer.balance)
    units, name = say.units(case.payment.units, case.payment.unit), payment_card.name_of(case.customer)
    if by_hand:
        asked = say("return-ask-hand", units=units, name=name, amount=amount)
    else:
        asked = say("return-ask", units=units, name=name, amount=amount)
    if case.bonus:
        asked += "\n" + say("return-bonus", bonus=say.money(case.bonus))
    if not case.is_covered:
        lacks = say("return-lacking", amount=amount, balance=balance)
        return Screen(f"{asked}\n\n{lacks}", keys.ask_return(say, payment_id, None))
    if case.is_unspent:
        return Screen(asked, keys.ask_return(say, payment_id, PayAct.RETURNED if by_hand else PayAct.RETURN_SURE))
    if case.unspent < case.payment.amount:
        spent = say("return-spent", unspent=say.money(case.unspent), amount=amount, balance=balance)
    else:
        spent = say("return-bonus-spent", balance=balance)
    sure = PayAct.RETURNED_FROM_BALANCE if by_hand else PayAct.RETURN_FROM_BALANCE
    return Screen(f"{asked}\n\n{spent}", keys.ask_return(say, payment_id, sure))


async def give_back(
    callback: CallbackQuery,
    callback_data: OnPayment,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
    ways: Ways,
) -> None:
    """Take the payment out of the wallet: to be sent back, or because the owner has sent it back by hand.

    What is not as it was when it was asked is asked anew. Raises PaymentGone, AlreadyRefunded.
    """
    payment_id, by_hand = callback_data.id, callback_data.act in BY_HAND
    async with db.read() as session:
        payment = await payments.find_payment(session, payment_id)
    if _is_by_hand(ways, payment) is not by_hand:
        await show(callback, await _question(db, say, ways, payment_id), state, tap)
        return
    try:
        async with db.begin() as session:
            await returns.ask_refund(
                session,
                payment_id,
                customer.id,
                from_balance=callback_data.act in FROM_BALANCE,
                by_hand=by_hand,
            )
        step("payment.given-back")
    except (AlreadySpent, NotEnoughMoney):
        await show(callback, await _question(db, say, ways, payment_id), state, tap)
        return
    await show(callback, await _card(db, say, ways, payment_id), state, tap)


def build(policy: Policy) -> Router:
    """Return the routes of this desk, behind the owners' filter."""
    router = Router(name="payments")
    router.message.filter(IsOwner(policy.owners))
    router.callback_query.filter(IsOwner(policy.owners))
    router.message.register(payment_by_number, F.text.regexp(payment_card.COMMAND))
    router.message.register(take_charge, StateFilter(Desk.charge), F.text, ~F.text.startswith("/"))
    router.callback_query.register(open_payments, OpenPayments.filter())
    router.callback_query.register(ask_for_charge, Open.filter(F.to == To.FIND_PAYMENT))
    router.callback_query.register(open_payment, OnPayment.filter(F.act == PayAct.OPEN))
    router.callback_query.register(ask_if_sure, OnPayment.filter(F.act == PayAct.RETURN))
    router.callback_query.register(give_back, OnPayment.filter(F.act.in_(set(PayAct) - {PayAct.OPEN, PayAct.RETURN})))
    return router
