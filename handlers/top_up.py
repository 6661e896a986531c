"""Topping up the wallet: how much, with what, and the invoice. What arrives is credited by `shop.payments`."""

from decimal import Decimal

import structlog
from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message
from sqlmodel.ext.asyncio.session import AsyncSession

from db.engine import Database
from db.tables import Customer, Invoice, InvoiceState
from handlers import code_words
from handlers.screen import Screen, Tap, show, show_below
from handlers.states import TopUp
from handlers.wallet import wallet_screen
from keyboards import top_up as keys
from keyboards.callbacks import ChooseWay, InvoiceAct, OnInvoice, OpenTopUp, TopUpFor
from shop import bonuses, by_hand, drafts, payments, till
from shop.errors import InvoiceGone, WayClosed
from shop.money import SMALLEST_SUM, round_up
from shop.policy import Policy
from shop.quantities import AmountUnreadable, parse_amount
from shop.till import Till
from texts import Speech
from ways import Bill, Offer, Way

log = structlog.get_logger(__name__)

Ways = dict[str, Way]
PRESETS = tuple(Decimal(amount) for amount in (5, 10, 20, 50, 100, 200))
MOST_PRESETS = 4


# --- how much -------------------------------------------------------------------------------------


async def open_top_up(
    callback: CallbackQuery,
    callback_data: OpenTopUp,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
    policy: Policy,
    ways: Ways,
) -> None:
    """Ask how much; for an order that waits, what it lacks is offered first."""
    screen = await _ask_amount(db, say, customer, policy, ways, callback_data.draft)
    await state.set_state(TopUp.amount)
    await state.update_data(top_up_for=callback_data.draft)
    await show(callback, screen, state, tap)


async def _ask_amount(
    db: Database, say: Speech, customer: Customer, policy: Policy, ways: Ways, draft_id: int, note: str = ""
) -> Screen:
    async with db.read() as session:
        await payments.require_not_held(session, customer.id)
        rules = await till.read(session, policy.star_value)
        offers = await _offers(session, rules, say, ways)
        price = await drafts.price_waiting(session, draft_id, customer.id)
        payable = await by_hand.list_payable(session, customer.id)
        balance = (await session.get_one(Customer, customer.id)).balance
        code = await bonuses.waiting(session, customer.id)
    if not offers:
        raise WayClosed
    least = max(rules.minimum, min(offer.least for offer in offers))
    most = min(rules.maximum, max(offer.most or rules.maximum for offer in offers))
    exact = [max(round_up(price - balance), least)] if price is not None and price > balance else []
    common = [amount for amount in PRESETS if least <= amount <= most and amount not in exact]
    presets = [amount for amount in exact if amount <= most] + common[:MOST_PRESETS]
    lines = [note, ""] if note else []
    lines.append(say("top-up-ask", balance=say.money(balance)))
    lines.append(say("top-up-limits", min=say.money(least), max=say.money(most)))
    if code is not None:
        lines += ["", say("code-waits", code=code.code.upper()), code_words.worth(say, code)]
    going_on = [(invoice, say.units(invoice.units, invoice.unit)) for invoice in payable]
    return Screen("\n".join(lines), keys.amounts(say, presets, draft_id, going_on))


async def take_amount(
    message: Message,
    state: FSMContext,
    say: Speech,
    customer: Customer,
    db: Database,
    policy: Policy,
    ways: Ways,
) -> None:
    """Take a typed amount: `5`, `5.00`, `5,50`, `$5`, `1 000`."""
    draft_id = int((await state.get_data()).get("top_up_for") or 0)
    try:
        amount = parse_amount(message.text or "", say.currency)
    except AmountUnreadable:
        note = say("top-up-unreadable", given=(message.text or "")[:40])
        await show_below(message, await _ask_amount(db, say, customer, policy, ways, draft_id, note), state)
        return
    screen = await _choose(db, say, customer, policy, ways, amount, draft_id)
    await show_below(message, screen, state)


async def choose_amount(
    callback: CallbackQuery,
    callback_data: TopUpFor,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
    policy: Policy,
    ways: Ways,
) -> None:
    """Take one of the amounts on the buttons."""
    amount = callback_data.cents * SMALLEST_SUM
    screen = await _choose(db, say, customer, policy, ways, amount, callback_data.draft)
    await show(callback, screen, state, tap)


# --- with what ------------------------------------------------------------------------------------


async def _offers(session: AsyncSession, rules: Till, say: Speech, ways: Ways) -> list[Offer]:
    return [offer for way in ways.values() for offer in await way.offers(session, rules, say)]


async def _choose(
    db: Database, say: Speech, customer: Customer, policy: Policy, ways: Ways, amount: Decimal, draft_id: int
) -> Screen:
    """Return what to choose from; where there is one way only, its invoice."""
    async with db.read() as session:
        await payments.require_not_held(session, customer.id)
        rules = await till.read(session, policy.star_value)
        offers = await _offers(session, rules, say, ways)
    if not offers:
        raise WayClosed
    fitting = [offer for offer in offers if offer.least <= amount <= (offer.most or rules.maximum)]
    if not rules.minimum <= amount <= rules.maximum or not fitting:
        note = say("top-up-out-of-range", given=say.money(amount))
        return await _ask_amount(db, say, customer, policy, ways, draft_id, note)
    if len(fitting) == 1:
        return await _open_invoice(db, say, customer, policy, ways, fitting[0].way, fitting[0].choice, amount, draft_id)
    return Screen(say("top-up-way", amount=say.money(amount)), keys.offers(say, fitting, amount, draft_id))


async def choose_way(
    callback: CallbackQuery,
    callback_data: ChooseWay,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
    policy: Policy,
    ways: Ways,
) -> None:
    """Open the invoice in the way that was chosen. Raises OnHold, TopUpOutOfRange, TooManyInvoices, WayClosed."""
    data = callback_data
    amount = data.cents * SMALLEST_SUM
    screen = await _open_invoice(db, say, customer, policy, ways, data.way, data.choice, amount, data.draft)
    await show(callback, screen, state, tap)


async def _open_invoice(
    db: Database,
    say: Speech,
    customer: Customer,
    policy: Policy,
    ways: Ways,
    name: str,
    choice: str,
    amount: Decimal,
    draft_id: int,
) -> Screen:
    """Open an invoice and have the provider ask for the money; no transaction is open while it is asked."""
    way = ways.get(name)
    if way is None:
        raise WayClosed
    async with db.read() as session:
        rules = await till.read(session, policy.star_value)
        on_offer = {(offer.way, offer.choice): offer for offer in await _offers(session, rules, say, {name: way})}
        waiting = draft_id if await drafts.is_waiting(session, draft_id, customer.id) else None
    offer = on_offer.get((name, choice))
    if offer is None or not offer.least <= amount <= (offer.most or rules.maximum):
        raise WayClosed
    units, unit = await way.price(db, rules, amount, choice)
    async with db.begin() as session:
        invoice = await payments.open_invoice(
            session,
            customer.id,
            name,
            amount,
            units=units,
            unit=unit,
            lifetime=way.lifetime,
            till=rules,
            choice=choice,
            draft_id=waiting,
        )
    bill = await way.bill(db, invoice, say)
    async with db.begin() as session:
        await payments.keep_bill(session, invoice.id, bill.url, bill.reference, bill.check_at)
    return invoice_screen(say, invoice, bill)


# --- the invoice ----------------------------------------------------------------------------------


def invoice_screen(say: Speech, invoice: Invoice, bill: Bill) -> Screen:
    """Return an invoice that can be paid."""
    units = say.units(invoice.units, invoice.unit)
    lines = [
        f"<b>{say('invoice-title', amount=say.money(invoice.amount))}</b>",
        say("invoice-pay", units=units),
    ]
    if bill.text:
        lines += ["", bill.text]
    until = "invoice-until-shown" if bill.takes_claim else "invoice-until"
    lines += ["", say(until, time=say.day_and_clock(invoice.expires_at))]
    if invoice.draft_id is not None:
        lines.append(say("invoice-for-order"))
    return Screen("\n".join(lines), keys.invoice(say, invoice, bill, units))


async def open_invoice(
    callback: CallbackQuery,
    callback_data: OnInvoice,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
    ways: Ways,
) -> None:
    """Show once more how an invoice is paid. Raises InvoiceGone, WayClosed."""
    async with db.read() as session:
        invoice = await payments.find_invoice(session, callback_data.id, customer.id)
    if invoice.state not in {InvoiceState.OPEN, InvoiceState.REFUSED}:
        raise InvoiceGone
    if invoice.way not in ways:
        raise WayClosed
    bill = await ways[invoice.way].bill(db, invoice, say)
    await state.set_state(None)
    await show(callback, invoice_screen(say, invoice, bill), state, tap)


async def cancel_invoice(
    callback: CallbackQuery,
    callback_data: OnInvoice,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
) -> None:
    """Leave an invoice; money that comes for it all the same is credited. Raises InvoiceGone."""
    async with db.begin() as session:
        stands = await payments.cancel_invoice(session, callback_data.id, customer.id)
    if stands is InvoiceState.EXPIRED:
        await tap.answer(say.label("invoice-expired"), alert=True)
    await state.set_state(None)
    await show(callback, await wallet_screen(db, customer, say), state, tap)


def build() -> Router:
    """Return the routes of this journey."""
    router = Router(name="top_up")
    router.callback_query.register(open_top_up, OpenTopUp.filter())
    router.callback_query.register(choose_amount, TopUpFor.filter())
    router.callback_query.register(choose_way, ChooseWay.filter())
    router.callback_query.register(open_invoice, OnInvoice.filter(F.act == InvoiceAct.OPEN))
    router.callback_query.register(cancel_invoice, OnInvoice.filter(F.act == InvoiceAct.CANCEL))
    router.message.register(take_amount, StateFilter(TopUp.amount), F.text, ~F.text.startswith("/"))
    return router
