"""A wallet's statement: entry by entry with its reason, by month, and as a file; one's own, or any for an owner."""

from pathlib import Path
from tempfile import TemporaryDirectory

from aiogram import F, Router
from aiogram.filters import Command, CommandObject, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, FSInputFile, Message

from db.engine import Database
from db.tables import Customer, utc_now
from handlers import order_card, payment_card
from handlers.admin.owners import IsOwner
from handlers.screen import Screen, Tap, show, show_below
from handlers.states import Desk
from keyboards import money_desk
from keyboards import wallet as keys
from keyboards.base import keyboard
from keyboards.callbacks import AskWhose, Export, OpenExport, OpenMonths, OpenStatement, SeeOrder, SeePayment
from shop import customers, orders, payments, statement
from shop.errors import StatementTooLong
from shop.periods import Period, span_of
from shop.policy import Policy
from shop.statement import Line, Month, Reason
from texts import Speech
from texts.sheet import Sheet

LONGEST_NOTE = 80
LONGEST_NAME = 60
MOST_ROWS = 250_000  # some 40 MB; a bot may send 50 (Bot API, sendDocument)
COLUMNS = (
    "time", "entry", "kind", "reason", "amount", "balance", "order", "payment", "way", "units", "unit", "charge",
    "note",
)  # fmt: skip


# --- words ----------------------------------------------------------------------------------------


def reason_words(say: Speech, line: Line) -> str:
    """Return why an entry moved money, in plain words."""
    entry, payment = line.entry, line.payment
    return say.label(
        f"entry-{line.reason.value}",
        order=str(entry.order_id or ""),
        payment=str(entry.payment_id or ""),
        way=payment_card.way_name(say, payment.way) if payment else "",
        code=(entry.note or "").upper(),
    )


def entry_words(say: Speech, line: Line) -> str:
    """Return one entry: how much, why, when, and the balance after it."""
    entry = line.entry
    reason = reason_words(say, line)
    if entry.note and line.reason is not Reason.CODE:
        reason += f" · {order_card.held(entry.note, LONGEST_NOTE)}"
    sign = "+" if entry.amount > 0 else ""
    return say(
        "wallet-entry",
        amount=sign + say.money(entry.amount),
        reason=reason,
        time=say.day_and_clock(entry.created_at),
        balance=say.money(entry.balance_after),
    )


def month_words(say: Speech, month: Month) -> str:
    """Return a month: what it began with, what came and went for which reason, what was left."""
    lines = [f"<b>{month.start:%m.%Y}</b>", say("month-opening", balance=say.money(month.opening))]
    lines += [f"+{say.money(total)} · {say(f'reason-{why.value}')}" for why, total in month.into.items()]
    lines += [f"−{say.money(total)} · {say(f'reason-{why.value}')}" for why, total in month.out.items()]
    return "\n".join([*lines, say("month-closing", balance=say.money(month.closing))])


# --- screens --------------------------------------------------------------------------------------


async def statement_screen(db: Database, say: Speech, customer_id: int, page: int, of: int) -> Screen:
    """Return a page of a customer's statement; for an owner (`of`), with whose it is."""
    async with db.read() as session:
        found = await statement.read_page(session, customer_id, page)
        whose = await customers.find(session, customer_id)
    lines = [f"<b>{say('statement-title', balance=say.money(found.balance))}</b>"]
    if of:
        lines.append(say("statement-of", name=order_card.held(whose.name, LONGEST_NAME) if whose else "—", id=str(of)))
    lines += ["", *([entry_words(say, line) for line in found.lines] or [say("wallet-empty")])]
    if found.pages > 1:
        lines += ["", say("page-of", page=found.page + 1, pages=found.pages)]
    return Screen("\n".join(lines), keys.statement(say, found, of))


async def open_statement(
    callback: CallbackQuery,
    callback_data: OpenStatement,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
) -> None:
    """Show a page of entries."""
    of = callback_data.of
    await show(callback, await statement_screen(db, say, of or customer.id, callback_data.page, of), state, tap)


async def open_months(
    callback: CallbackQuery,
    callback_data: OpenMonths,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
) -> None:
    """Show the totals by month."""
    of = callback_data.of
    async with db.read() as session:
        found = await statement.read_months(session, of or customer.id, utc_now(), callback_data.page)
    words = [month_words(say, month) for month in found.months] or [say("wallet-empty")]
    if found.pages > 1:
        words.append(say("page-of", page=found.page + 1, pages=found.pages))
    await show(callback, Screen("\n\n".join(words), keys.months(say, found, of)), state, tap)


async def see_payment(
    callback: CallbackQuery,
    callback_data: SeePayment,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
) -> None:
    """Show a payment. Raises PaymentGone."""
    of = callback_data.of
    async with db.read() as session:
        payment = await payments.find_payment(session, callback_data.id, of or customer.id)
    to = OpenStatement(page=callback_data.page, of=of)
    await show(callback, payment_card.of_customer(say, payment, to), state, tap)


async def see_order(
    callback: CallbackQuery, callback_data: SeeOrder, state: FSMContext, say: Speech, tap: Tap, db: Database
) -> None:
    """Show an owner an order of the customer's. Raises OrderGone."""
    async with db.read() as session:
        order = await orders.find(session, callback_data.id, callback_data.of)
    back = keyboard(keys.to_statement(say, callback_data.page, callback_data.of))
    await show(callback, Screen(order_card.card(say, order), back), state, tap)


# --- files ----------------------------------------------------------------------------------------


async def ask_period(
    callback: CallbackQuery, callback_data: OpenExport, state: FSMContext, say: Speech, tap: Tap
) -> None:
    """Ask of which period."""
    await show(callback, Screen(say("export-ask"), keys.exports(say, callback_data.of)), state, tap)


async def export(
    callback: CallbackQuery, callback_data: Export, say: Speech, tap: Tap, customer: Customer, db: Database
) -> None:
    """Send the period's statement as a file. Raises StatementTooLong."""
    await tap.answer(say.label("export-under-way"))
    customer_id = callback_data.of or customer.id
    with TemporaryDirectory() as folder:
        path = Path(folder) / "statement.csv"
        await write(db, say, customer_id, callback_data.period, path)
        if isinstance(callback.message, Message):
            name = f"statement-{customer_id}-{callback_data.period.value}.csv"
            await callback.message.answer_document(FSInputFile(path, name), caption=say("export-done"))


async def write(db: Database, say: Speech, customer_id: int, period: Period, path: Path) -> None:
    """Write a period's statement: docs/payments.md says what the columns hold. Raises StatementTooLong."""
    span = span_of(period, utc_now())
    async with db.read() as session:
        balance = await statement.opening_of(session, customer_id, span)
    with Sheet(path, COLUMNS) as sheet:
        sheet.write(span.start, None, "opening", say.label("export-opening"), None, balance)
        rows = 0
        async for line in statement.read_lines(db, customer_id, span):
            rows += 1
            if rows > MOST_ROWS:
                raise StatementTooLong
            entry, payment = line.entry, line.payment
            balance += entry.amount
            told = (payment.way, payment.units, payment.unit, payment.charge_id) if payment else (None,) * 4
            sheet.write(
                entry.created_at,
                entry.id,
                line.reason.value,
                reason_words(say, line),
                entry.amount,
                balance,
                entry.order_id,
                payment.id if payment else None,
                *told,
                entry.note,
            )
        sheet.write(span.end, None, "closing", say.label("export-closing"), None, balance)


# --- for owners -----------------------------------------------------------------------------------


async def statement_command(
    message: Message, command: CommandObject, state: FSMContext, say: Speech, db: Database
) -> None:
    """Answer /statement <telegram id>."""
    await _show_whose(message, command.args or "", state, say, db)


async def ask_whose(callback: CallbackQuery, state: FSMContext, say: Speech, tap: Tap) -> None:
    """Ask for a customer's number."""
    await state.set_state(Desk.whose_statement)
    await show(callback, Screen(say("statement-whose"), money_desk.only_close(say)), state, tap)


async def take_whose(message: Message, state: FSMContext, say: Speech, db: Database) -> None:
    """Take a customer's number."""
    await _show_whose(message, message.text or "", state, say, db)


async def _show_whose(message: Message, words: str, state: FSMContext, say: Speech, db: Database) -> None:
    number = words.strip()
    customer_id = int(number) if number.isascii() and number.isdecimal() and len(number) <= 16 else 0
    async with db.read() as session:
        known = await customers.find(session, customer_id)
    if known is None:
        await state.set_state(Desk.whose_statement)
        await show_below(message, Screen(say("statement-nobody"), money_desk.only_close(say)), state)
        return
    await state.set_state(None)
    await show_below(message, await statement_screen(db, say, customer_id, 0, customer_id), state)


def build() -> Router:
    """Return the customers' routes: of one's own wallet only."""
    router = Router(name="statement")
    for handler, data in (
        (open_statement, OpenStatement),
        (open_months, OpenMonths),
        (ask_period, OpenExport),
        (export, Export),
        (see_payment, SeePayment),
    ):
        router.callback_query.register(handler, data.filter(F.of == 0))
    return router


def build_for_owners(policy: Policy) -> Router:
    """Return the same for any wallet, behind the owners' filter."""
    router = Router(name="statements")
    router.message.filter(IsOwner(policy.owners))
    router.callback_query.filter(IsOwner(policy.owners))
    router.message.register(statement_command, Command("statement"))
    router.message.register(take_whose, StateFilter(Desk.whose_statement), F.text, ~F.text.startswith("/"))
    router.callback_query.register(ask_whose, AskWhose.filter())
    for handler, data in (
        (open_statement, OpenStatement),
        (open_months, OpenMonths),
        (ask_period, OpenExport),
        (export, Export),
        (see_payment, SeePayment),
        (see_order, SeeOrder),
    ):
        router.callback_query.register(handler, data.filter(F.of != 0))
    return router
