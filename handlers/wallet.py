"""The wallet: the balance, every entry that made it, and how money gets in."""

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from db.engine import Database
from db.tables import Customer, LedgerEntry
from handlers.screen import Screen, Tap, show, show_below
from keyboards import wallet as keys
from keyboards.callbacks import Open, OpenStatement, To
from shop import drafts, wallet
from shop.names import short
from texts import Speech

LONGEST_NOTE = 80


async def wallet_screen(db: Database, customer: Customer, say: Speech, page: int) -> Screen:
    """Return the wallet with a page of its statement."""
    async with db.read() as session:
        statement = await wallet.statement(session, customer.id, page)
        waiting = await drafts.waiting_for_money(session, customer.id)
    lines = [f"<b>{say('wallet-balance', balance=say.money(statement.balance))}</b>", ""]
    lines += [entry_words(say, entry) for entry in statement.entries] or [say("wallet-empty")]
    if statement.pages > 1:
        lines += ["", say("page-of", page=statement.page + 1, pages=statement.pages)]
    lines += ["", say("wallet-top-up", id=str(customer.id))]
    return Screen("\n".join(lines), keys.wallet(say, customer.id, statement, waiting))


def entry_words(say: Speech, entry: LedgerEntry) -> str:
    """Return one entry: how much, why, when, and the balance after it."""
    reason = say.label(f"entry-{entry.kind.value.replace('_', '-')}", order=str(entry.order_id or ""))
    if entry.note:
        reason += f" · {short(entry.note, LONGEST_NOTE)}"
    sign = "+" if entry.amount > 0 else ""
    return say(
        "wallet-entry",
        amount=sign + say.money(entry.amount),
        reason=reason,
        time=say.day_and_clock(entry.created_at),
        balance=say.money(entry.balance_after),
    )


async def wallet_command(message: Message, state: FSMContext, say: Speech, customer: Customer, db: Database) -> None:
    """Answer /wallet."""
    await show_below(message, await wallet_screen(db, customer, say, 0), state)


async def open_wallet(
    callback: CallbackQuery,
    callback_data: Open | OpenStatement,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
) -> None:
    """Show the wallet; from a message that is to be kept, below it."""
    page = callback_data.page if isinstance(callback_data, OpenStatement) else 0
    fresh = isinstance(callback_data, Open) and callback_data.fresh
    await show(callback, await wallet_screen(db, customer, say, page), state, tap, fresh=fresh)


def build() -> Router:
    """Return the routes of this journey."""
    router = Router(name="wallet")
    router.message.register(wallet_command, Command("wallet"))
    router.callback_query.register(open_wallet, OpenStatement.filter())
    router.callback_query.register(open_wallet, Open.filter(F.to == To.WALLET))
    return router
