"""The wallet: the balance, the latest entries that made it, and the ways money gets in."""

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from db.engine import Database
from db.tables import Customer
from handlers.screen import Screen, Tap, show, show_below
from handlers.statement import entry_words
from keyboards import wallet as keys
from keyboards.callbacks import Open, To
from shop import drafts, referrals, statement
from texts import Speech

LATEST = 5


async def wallet_screen(db: Database, customer: Customer, say: Speech) -> Screen:
    """Return the wallet with its latest entries."""
    async with db.read() as session:
        page = await statement.read_page(session, customer.id)
        waiting = await drafts.waiting_for_money(session, customer.id)
        invites = await referrals.are_on(session)
    lines = [f"<b>{say('wallet-balance', balance=say.money(page.balance))}</b>", ""]
    lines += [entry_words(say, line) for line in page.lines[:LATEST]] or [say("wallet-empty")]
    lines += ["", say("wallet-top-up", id=str(customer.id))]
    return Screen("\n".join(lines), keys.wallet(say, customer.id, page, waiting, invites=invites))


async def wallet_command(message: Message, state: FSMContext, say: Speech, customer: Customer, db: Database) -> None:
    """Answer /wallet."""
    await show_below(message, await wallet_screen(db, customer, say), state)


async def open_wallet(
    callback: CallbackQuery,
    callback_data: Open,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
) -> None:
    """Show the wallet; from a message that is to be kept, below it."""
    await show(callback, await wallet_screen(db, customer, say), state, tap, fresh=callback_data.fresh)


def build() -> Router:
    """Return the routes of this journey."""
    router = Router(name="wallet")
    router.message.register(wallet_command, Command("wallet"))
    router.callback_query.register(open_wallet, Open.filter(F.to == To.WALLET))
    return router
