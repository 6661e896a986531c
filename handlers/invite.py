"""Inviting friends: one's own link, to share and to copy, and what it brought."""

from decimal import Decimal

from aiogram import Bot, Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery

from db.engine import Database
from db.tables import Customer
from handlers.code_words import percent
from handlers.screen import Screen, Tap, show
from keyboards import wallet as keys
from keyboards.callbacks import OpenInvite
from shop import referrals, till
from shop.errors import NotPossible
from texts import Speech


async def start_link(bot: Bot, payload: str) -> str:
    """Return a link that opens this bot with `payload` (https://core.telegram.org/bots/features#deep-linking)."""
    return f"https://t.me/{(await bot.me()).username}?start={payload}"


async def open_invite(
    callback: CallbackQuery,
    callback_data: OpenInvite,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
    bot: Bot,
    shop_name: str,
) -> None:
    """Show the link and what came of it. Raises NotPossible while the owner pays nothing for it."""
    async with db.read() as session:
        rules = await till.read(session)
        invited = await referrals.count_invited(session, customer.id)
    if rules.referral_percent <= Decimal(0):
        raise NotPossible
    link = await start_link(bot, f"r{customer.id}")
    lines = [
        f"<b>{say('invite-title')}</b>",
        say("invite-terms", percent=percent(rules.referral_percent), days=rules.referral_days),
        "",
        say("verbatim", text=link),
        "",
        say("invite-came", friends=invited.friends, earned=say.money(invited.earned)),
    ]
    words = say.label("invite-words", shop=shop_name)
    await show(callback, Screen("\n".join(lines), keys.invite(say, link, words)), state, tap, fresh=callback_data.fresh)


def build() -> Router:
    """Return the routes of this journey."""
    router = Router(name="invite")
    router.callback_query.register(open_invite, OpenInvite.filter())
    return router
