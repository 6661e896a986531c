"""Telegram Stars: paid, refused, forgotten and refunded."""

from typing import Any

import pytest
from aiogram import Bot, Dispatcher, F
from aiogram.exceptions import (
    TelegramBadRequest,
)
from aiogram.types import (
    LabeledPrice,
    Message,
    PreCheckoutQuery,
)
from toy_bot import keyboard, polling

from sandbox.telegram import Person, SandboxTelegram


def paying(agree: bool) -> Dispatcher:
    dispatcher = Dispatcher()

    @dispatcher.pre_checkout_query()
    async def on_check(query: PreCheckoutQuery) -> None:
        await query.answer(ok=agree, error_message=None if agree else "sold out")

    @dispatcher.message(F.successful_payment)
    async def on_paid(message: Message) -> None:
        paid = message.successful_payment
        assert paid
        await message.answer(f"paid {paid.total_amount} {paid.currency} for {paid.invoice_payload}")

    @dispatcher.message(F.refunded_payment)
    async def on_refund(message: Message) -> None:
        assert message.refunded_payment
        await message.answer(f"refunded {message.refunded_payment.total_amount}")

    return dispatcher


STARS = {"title": "Top-up", "description": "Wallet", "payload": "w1", "currency": "XTR"}


async def test_an_invoice_is_paid_twice_and_refunded_once(telegram: SandboxTelegram, bot: Bot, anna: Person) -> None:
    prices = [LabeledPrice(label="Stars", amount=50)]
    async with polling(paying(agree=True), bot):
        sent = await bot.send_invoice(1001, prices=prices, **STARS)
        assert sent.invoice
        assert (sent.invoice.total_amount, anna.messages[-1].labels) == (50, ["Pay ⭐️50"])
        first = await anna.pay()
        await anna.see("paid 50 XTR for w1")
        link = await bot.create_invoice_link(prices=prices, **STARS)
        second = await anna.pay(link)
        assert first.ok
        assert first.charge_id != second.charge_id
        assert (await bot.get_my_star_balance()).amount == 100
        assert first.charge_id
        with pytest.raises(TelegramBadRequest, match="CHARGE_NOT_FOUND"):
            await bot.refund_star_payment(1002, first.charge_id)
        assert await bot.refund_star_payment(1001, first.charge_id)
        await anna.see("refunded 50")
        with pytest.raises(TelegramBadRequest, match="CHARGE_ALREADY_REFUNDED"):
            await bot.refund_star_payment(1001, first.charge_id)
        assert (await anna.pay(link, ok=False)).ok is False
    history = (await bot.get_star_transactions()).transactions
    assert [(entry.amount, entry.source is None) for entry in history] == [
        (50, False),
        (50, False),
        (50, True),
    ]
    assert telegram.unanswered() == []


async def test_every_copy_of_an_invoice_can_be_paid(bot: Bot, telegram: SandboxTelegram, anna: Person) -> None:
    boris = telegram.person(1002, first_name="Boris")
    await boris.send("/start")
    await bot.send_invoice(1001, prices=[LabeledPrice(label="Stars", amount=50)], **STARS)
    copy = await anna.forward(anna.messages[-1], to=boris)
    async with polling(paying(agree=True), bot):
        assert (await boris.pay(copy)).ok
        await boris.see("paid 50 XTR for w1")
    assert len((await bot.get_star_transactions(offset=0, limit=1)).transactions) == 1
    assert (await bot.get_star_transactions(offset=1)).transactions == []
    with pytest.raises(AssertionError, match="there is no invoice"):
        await anna.pay("https://t.me/$nothing")


async def test_payments_that_fail(bot: Bot, telegram: SandboxTelegram, anna: Person) -> None:
    prices = [LabeledPrice(label="Stars", amount=50)]
    link = await bot.create_invoice_link(prices=prices, **STARS)
    async with polling(paying(agree=False), bot):
        refused = await anna.pay(link)
    assert (refused.ok, refused.error) == (False, "sold out")
    assert telegram.violations == []
    telegram.world.pre_checkout_seconds = 0.05
    silent = await anna.pay(link)
    assert silent.ok is False
    assert telegram.violations == ["answerPreCheckoutQuery: not answered within 0.05 s"]
    assert (await bot.get_my_star_balance()).amount == 0


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"currency": "USD"}, "CURRENCY_INVALID"),
        ({"provider_token": "123:TEST"}, "PAYMENT_PROVIDER_INVALID"),
        ({"title": "x" * 33}, "invoice title must be of 1-32 characters"),
        ({"description": " "}, "invoice description must be of 1-255 characters"),
        ({"payload": "ы" * 65}, "INVOICE_PAYLOAD_INVALID"),
        ({"prices": [LabeledPrice(label="a", amount=1)] * 2}, "STARS_INVOICE_INVALID"),
        ({"prices": [LabeledPrice(label="a", amount=0)]}, "CURRENCY_TOTAL_AMOUNT_INVALID"),
        ({"reply_markup": keyboard("Later")}, "REPLY_MARKUP_BUY_EMPTY"),
    ],
)
async def test_a_wrong_invoice_is_refused(
    telegram: SandboxTelegram, bot: Bot, anna: Person, change: dict[str, Any], text: str
) -> None:
    with pytest.raises(TelegramBadRequest, match=text):
        await bot.send_invoice(1001, **({"prices": [LabeledPrice(label="a", amount=5)]} | STARS | change))
    assert len(telegram.violations) == 1
