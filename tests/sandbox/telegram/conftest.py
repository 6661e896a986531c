"""A sandbox Telegram, a bot in front of it and Anna, who has started it."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiogram import Bot
from shapes import mistakes_of
from toy_bot import Call, Clock, bot_of

from sandbox.telegram import Person, SandboxTelegram


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def telegram(clock: Clock) -> AsyncIterator[SandboxTelegram]:
    async with SandboxTelegram(clock=clock) as telegram:
        yield telegram
    assert mistakes_of(telegram) == []


@pytest.fixture
async def bot(telegram: SandboxTelegram) -> AsyncIterator[Bot]:
    async with bot_of(telegram) as bot:
        yield bot


@pytest.fixture
async def anna(telegram: SandboxTelegram) -> Person:
    anna = telegram.person(1001, first_name="Anna", username="anna", language_code="de")
    await anna.send("/start")
    return anna


@pytest.fixture
async def call(telegram: SandboxTelegram) -> AsyncIterator[Call]:
    async with aiohttp.ClientSession() as client:

        async def call(method: str, **params: Any) -> dict[str, Any]:
            url = f"{telegram.url}/bot{telegram.token}/{method}"
            async with client.post(url, json=params) as reply:
                body: dict[str, Any] = await reply.json()
                assert reply.status == body.get("error_code", 200)
                return body

        yield call
