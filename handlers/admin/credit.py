"""The owner puts money into a wallet, or takes it out: /credit <telegram id> <amount> [note]."""

from decimal import Decimal

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from db.engine import Database
from db.tables import Customer
from handlers.admin.owners import IsOwner
from shop import customers, wallet
from shop.errors import NotEnoughMoney
from shop.policy import Policy
from shop.quantities import AmountUnreadable, parse_amount
from shop.steps import step
from texts import Speech

LONGEST_NOTE = 200
LARGEST_ID = 2**52  # Telegram's ids fit into 52 bits (Bot API, User)


async def credit(message: Message, command: CommandObject, say: Speech, customer: Customer, db: Database) -> None:
    """Credit (or debit) a wallet, once for each message however often the update comes."""
    asked = _read(command.args or "", say.currency)
    if asked is None:
        await message.answer(say("credit-usage"))
        return
    customer_id, amount, note = asked
    key = f"credit:{message.chat.id}:{message.message_id}"
    try:
        async with db.begin() as session:
            known = await customers.find(session, customer_id)
            entry = await wallet.credit(session, customer_id, amount, key=key, actor_id=customer.id, note=note)
            balance = await wallet.balance_of(session, customer_id)
            step("top-up.posting")
        step("top-up.credited")
    except NotEnoughMoney as problem:
        await message.answer(say("credit-too-little", balance=say.money(problem.balance)))
        return
    name = known.name if known is not None else ""
    text = say(
        "credit-done" if entry is not None else "credit-done-before",
        id=str(customer_id),
        name=name or "—",
        amount=say.money(amount),
        balance=say.money(balance),
    )
    if known is None:
        text += "\n" + say("credit-unknown")
    await message.answer(text)


def read_id(words: str) -> int | None:
    """Return a customer's Telegram id, or None for anything else."""
    number = int(words[:20]) if words.isascii() and words.isdecimal() else 0
    return number if 0 < number < LARGEST_ID else None


def _read(words: str, currency: str) -> tuple[int, Decimal, str | None] | None:
    """Return (customer's id, amount, note), or None for anything that is not clearly meant."""
    parts = words.split(maxsplit=2)
    customer_id = read_id(parts[0]) if len(parts) >= 2 else None
    if customer_id is None:
        return None
    try:
        amount = parse_amount(parts[1], currency)
    except AmountUnreadable:
        return None
    if amount == 0:
        return None
    return customer_id, amount, parts[2][:LONGEST_NOTE] if len(parts) > 2 else None


def build(policy: Policy) -> Router:
    """Return the routes of this journey, behind the owners' filter."""
    router = Router(name="credit")
    router.message.filter(IsOwner(policy.owners))
    router.message.register(credit, Command("credit"))
    return router
