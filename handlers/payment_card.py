"""A payment on one card: as who paid it sees it (`/pay_17` opens one's own), and as an owner does."""

from aiogram import F, Router
from aiogram.filters.callback_data import CallbackData
from aiogram.fsm.context import FSMContext
from aiogram.types import Message

from db.engine import Database
from db.tables import Customer, Payment, RefundState
from handlers.order_card import held
from handlers.screen import Screen, show_below
from keyboards import payments as keys
from keyboards.callbacks import Open, To
from shop import payments, returns
from shop.errors import PaymentGone
from shop.payment_desk import PaymentCase
from texts import Speech

COMMAND = r"^/pay_(\d{1,18})(?:@\w+)?$"
LONGEST_CHARGE = 300
LONGEST_NAME = 120
LONGEST_FAILURE = 300


def of_customer(say: Speech, payment: Payment, to: CallbackData) -> Screen:
    """Return the card for who paid; `to` leads back to where they come from."""
    return Screen("\n".join(_facts(say, payment)), keys.card(say, payment, to))


def of_owner(say: Speech, case: PaymentCase, *, by_hand: bool) -> Screen:
    """Return the card for an owner; `by_hand` where the store itself cannot send the payment back."""
    payment, customer = case.payment, case.customer
    title, *rest = _facts(say, payment)
    payer = say("payment-payer", name=name_of(customer), id=str(customer.id))
    lines = [title, payer, *rest, ""]
    if payment.refund_state not in returns.GONE:
        lines.append(say("payment-unspent", unspent=say.money(case.unspent), amount=say.money(payment.amount)))
    lines.append(say("payment-balance", balance=say.money(customer.balance)))
    if payment.refund_failure:
        lines.append(say("payment-failure", text=held(payment.refund_failure, LONGEST_FAILURE)))
    return Screen("\n".join(lines), keys.owners_card(say, payment, by_hand=by_hand))


def name_of(customer: Customer) -> str:
    """Return who paid: the name, and the @name if there is one."""
    name = held(customer.name, LONGEST_NAME) or "—"
    return f"{name} (@{customer.username})" if customer.username else name


def way_name(say: Speech, way: str) -> str:
    """Return how customers know a way to pay, in plain words."""
    key = f"way-{way}"
    return say.label(key) if say.knows(key) else way


def _facts(say: Speech, payment: Payment) -> list[str]:
    state = payment.refund_state if payment.refund_state in returns.GONE else None
    lines = [
        say("payment-title", id=str(payment.id)),
        say("payment-paid", units=say.units(payment.units, payment.unit), amount=say.money(payment.amount)),
        say("payment-arrived", time=say.day_and_clock(payment.created_at)),
    ]
    if state is RefundState.ASKED:
        lines.append(say("payment-going-back"))
    if state is RefundState.DONE and payment.refunded_at is not None:
        lines.append(say("payment-went-back", time=say.day_and_clock(payment.refunded_at)))
    return [*lines, say("payment-charge", charge=held(payment.charge_id, LONGEST_CHARGE))]


async def payment_by_number(message: Message, state: FSMContext, say: Speech, customer: Customer, db: Database) -> None:
    """Answer /pay_17 with one's own payment. Raises PaymentGone."""
    async with db.read() as session:
        payment = await payments.find_payment(session, number_in(message), customer.id)
    await show_below(message, of_customer(say, payment, Open(to=To.WALLET)), state)


def number_in(message: Message) -> int:
    """Return the number of a /pay_17. Raises PaymentGone."""
    digits = (message.text or "").split("@")[0].removeprefix("/pay_")
    if not digits.isdecimal():
        raise PaymentGone
    return int(digits)


def build() -> Router:
    """Return the route of one's own payments."""
    router = Router(name="payment_card")
    router.message.register(payment_by_number, F.text.regexp(COMMAND))
    return router
