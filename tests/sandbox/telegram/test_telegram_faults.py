"""A Telegram that misbehaves when told to, and its send limits."""

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramBadRequest,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from toy_bot import Clock, keyboard

from sandbox.telegram import Person, SandboxTelegram, TelegramFault


async def test_faults_on_demand(telegram: SandboxTelegram, bot: Bot, anna: Person) -> None:
    telegram.fault(TelegramFault.RETRY_AFTER(7), method="sendMessage")
    assert (await bot.get_me()).id == 42
    with pytest.raises(TelegramRetryAfter) as flood:
        await bot.send_message(1001, "429")
    assert flood.value.retry_after == 7
    telegram.fault(TelegramFault.SERVER_ERROR, times=2)
    for _ in range(2):
        with pytest.raises(TelegramServerError):
            await bot.send_message(1001, "500")
    telegram.fault(TelegramFault.PAGE)
    with pytest.raises(ClientDecodeError):
        await bot.send_message(1001, "502")
    telegram.fault(TelegramFault.RESET)
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(1001, "reset")
    telegram.fault(TelegramFault.LOST_REPLY)
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(1001, "lost")
    telegram.fault(TelegramFault.DELAY(0.01))
    await bot.send_message(1001, "late")
    assert [view.text for view in anna.messages] == ["/start", "lost", "late"]
    assert [call.error for call in telegram.calls][-5:] == ["server_error", "page", "reset", None, None]


async def test_rate_limits_when_switched_on(telegram: SandboxTelegram, bot: Bot, anna: Person, clock: Clock) -> None:
    telegram.group(-100, "Group")
    for _ in range(5):
        await bot.send_message(1001, "x")
    telegram.rate_limits = True
    for _ in range(3):
        await bot.send_message(1001, "x")
    with pytest.raises(TelegramRetryAfter) as flood:
        await bot.send_message(1001, "x")
    assert flood.value.retry_after == 3
    clock.pass_seconds(3)
    await bot.send_message(1001, "x")
    for _ in range(20):
        await bot.send_message(-100, "x")
    with pytest.raises(TelegramRetryAfter) as flood:
        await bot.send_message(-100, "x")
    assert flood.value.retry_after == 60
    for number in range(9):
        await telegram.person(number + 1, first_name="P").send("/start")
        await bot.send_message(number + 1, "x")
    await telegram.person(99, first_name="P").send("/start")
    with pytest.raises(TelegramRetryAfter):
        await bot.send_message(99, "the thirty-first in a second")
    assert telegram.violations == []


async def test_an_answer_whose_reply_was_lost_may_be_sent_again(
    telegram: SandboxTelegram, bot: Bot, anna: Person
) -> None:
    await bot.send_message(1001, "x", reply_markup=keyboard("Buy"))
    await anna.tap("Buy", wait=False)
    query = (await bot.get_updates(offset=-1))[0].callback_query
    assert query
    telegram.fault(TelegramFault.LOST_REPLY, method="answerCallbackQuery")
    with pytest.raises(TelegramNetworkError):
        await query.answer("once").as_(bot)
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await query.answer("twice").as_(bot)
    assert telegram.violations == []
    assert telegram.unanswered() == []


async def test_faults_by_chance_are_those_of_the_seed(telegram: SandboxTelegram, bot: Bot, anna: Person) -> None:
    async def met() -> list[bool]:
        failed = []
        for _ in range(40):
            try:
                await bot.send_message(1001, "x")
                failed.append(False)
            except (TelegramRetryAfter, TelegramServerError):
                failed.append(True)
        return failed

    telegram.misbehave({TelegramFault.RETRY_AFTER(1): 0.2, TelegramFault.SERVER_ERROR: 0.2}, seed=3)
    failed = await met()
    assert 5 < sum(failed) < 30
    telegram.clear_faults()
    assert not any(await met())
