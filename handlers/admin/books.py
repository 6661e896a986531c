"""The store's books on the owner's phone, for a period: what came in, what went out, what is owed, what is earned."""

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from aiogram import Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, FSInputFile, Message

from db.engine import Database
from db.tables import utc_now
from handlers.admin.owners import IsOwner
from handlers.payment_card import way_name
from handlers.screen import Screen, Tap, show
from keyboards import money_desk as keys
from keyboards.callbacks import ExportBooks, OpenBooks
from shop.books import Books, read_books
from shop.periods import span_of
from shop.policy import Policy
from shop.statement import Reason
from texts import Speech
from texts.sheet import Cell, Sheet

COLUMNS = ("line", "what", "way", "unit", "count", "units", "amount")


def signed(say: Speech, amount: Decimal) -> str:
    """Return a movement with its sign."""
    return f"{'+' if amount > 0 else ''}{say.money(amount)}"


def books_text(say: Speech, books: Books) -> str:
    """Return the books in words: they begin and end with what is owed, and what lies between makes the difference."""
    start = say.day_and_clock(books.span.start) if books.span.start else "…"
    lines = [
        f"<b>{say('books-title')}</b>",
        f"{start} – {say.day_and_clock(books.span.end)}",
        "",
        say("books-start", amount=say.money(books.owed_at_start)),
    ]
    for reason in Reason:
        if amount := books.moved.get(reason):
            lines.append(f"{signed(say, amount)} · {say(f'reason-{reason.value}')}")
            if reason is Reason.TOP_UP:
                lines += [f"    {_taken(say, taken.way, taken.units, taken.unit)} = {say.money(taken.amount)}"
                          for taken in books.taken]  # fmt: skip
    spent = books.spent
    lines += [
        f"<b>{say('books-end', amount=say.money(books.owed_at_end))}</b>",
        "",
        f"<b>{say('books-orders', count=spent.orders)}</b>",
        say("books-paid", prices=say.money(spent.prices), refunded=say.money(spent.refunded)),
        say("books-charged", charged=say.money(_shown(spent.charged)), orders=spent.charged_orders),
    ]
    if spent.orders > spent.charged_orders:
        estimated = say.money(_shown(spent.estimated))
        lines.append(say("books-estimated", estimated=estimated, orders=spent.orders - spent.charged_orders))
    lines.append(f"<b>{say('books-margin', margin=say.money(_shown(spent.margin)))}</b>")
    return "\n".join(lines)


def _shown(amount: Decimal) -> Decimal:
    """Return a sum of the panel's to a ten-thousandth: it charges fractions of a cent."""
    return round(amount, 4)


def _taken(say: Speech, way: str, units: Decimal, unit: str) -> str:
    return f"{say('verbatim', text=way_name(say, way))}: {say('verbatim', text=say.units(units, unit))}"


async def open_books(
    callback: CallbackQuery, callback_data: OpenBooks, state: FSMContext, say: Speech, tap: Tap, db: Database
) -> None:
    """Show the books of a period."""
    books = await read_books(db, span_of(callback_data.period, utc_now()))
    await state.set_state(None)
    await show(callback, Screen(books_text(say, books), keys.books(say, callback_data.period)), state, tap)


def rows(say: Speech, books: Books) -> Iterable[tuple[Cell, ...]]:
    """Return the books as the rows of a sheet: docs/payments.md says what the columns hold."""

    def line(name: str, what: str, amount: Decimal | None, count: int | None = None) -> tuple[Cell, ...]:
        return name, what, None, None, count, None, amount

    yield line("from", "" if books.span.start is None else f"{books.span.start:%Y-%m-%d %H:%M:%S}", None)
    yield line("until", f"{books.span.end:%Y-%m-%d %H:%M:%S}", None)
    yield line("owed-at-start", say.label("books-owed"), books.owed_at_start)
    for reason in Reason:
        if amount := books.moved.get(reason):
            yield line(reason.value, say.label(f"reason-{reason.value}"), amount)
    yield line("owed-at-end", say.label("books-owed"), books.owed_at_end)
    for taken in books.taken:
        name = way_name(say, taken.way)
        yield "taken", name, taken.way, taken.unit, taken.count, taken.units, taken.amount
    spent = books.spent
    yield line("orders-paid", say.label("books-prices"), spent.prices, spent.orders)
    yield line("orders-refunded", say.label("books-refunded"), -spent.refunded)
    yield line("panel-charged", say.label("books-spent"), -spent.charged, spent.charged_orders)
    yield line("panel-estimated", say.label("books-spent"), -spent.estimated, spent.orders - spent.charged_orders)
    yield line("margin", say.label("books-left"), spent.margin)


async def export_books(
    callback: CallbackQuery, callback_data: ExportBooks, say: Speech, tap: Tap, db: Database
) -> None:
    """Send the books of a period as a file."""
    await tap.answer(say.label("export-under-way"))
    books = await read_books(db, span_of(callback_data.period, utc_now()))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "books.csv"
        with Sheet(path, COLUMNS) as sheet:
            for row in rows(say, books):
                sheet.write(*row)
        if isinstance(callback.message, Message):
            name = f"books-{callback_data.period.value}.csv"
            await callback.message.answer_document(FSInputFile(path, name), caption=say("export-done"))


def build(policy: Policy) -> Router:
    """Return the routes of this desk, behind the owners' filter."""
    router = Router(name="books")
    router.callback_query.filter(IsOwner(policy.owners))
    router.callback_query.register(open_books, OpenBooks.filter())
    router.callback_query.register(export_books, ExportBooks.filter())
    return router
