"""How updates reach the bot: by polling and by webhook."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiogram import Bot, Dispatcher
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramConflictError,
    TelegramNetworkError,
)
from aiogram.types import (
    CallbackQuery,
    ChatMemberUpdated,
    Message,
)
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web
from toy_bot import keyboard, polling, shop

from sandbox.telegram import Person, SandboxTelegram


async def test_updates_come_again_until_confirmed(telegram: SandboxTelegram, bot: Bot, anna: Person) -> None:
    await anna.send("two")
    first = await bot.get_updates()
    assert [update.message.text for update in first if update.message] == ["/start", "two"]
    assert await bot.get_updates() == first
    assert await bot.get_updates(limit=1) == first[:1]
    assert await bot.get_updates(offset=first[1].update_id) == first[1:]
    assert await bot.get_updates(offset=first[1].update_id + 1) == []
    telegram.redeliver(first[0].update_id)
    assert await bot.get_updates(offset=first[1].update_id + 1) == first[:1]
    assert await bot.get_updates(offset=first[0].update_id + 1) == []


async def test_a_repeated_callback_may_be_answered_again(telegram: SandboxTelegram, bot: Bot, anna: Person) -> None:
    dispatcher = Dispatcher()

    @dispatcher.callback_query()
    async def on_tap(query: CallbackQuery) -> None:
        await query.answer()

    await bot.send_message(1001, "x", reply_markup=keyboard("Wallet"))
    async with polling(dispatcher, bot):
        await anna.tap("Wallet")
        telegram.redeliver()
        done = await telegram.world.until(
            lambda: [call for call in telegram.calls if call.method == "answerCallbackQuery"][1:] or None, 5
        )
        assert done
        assert done[0].error == ("Bad Request: query is too old and response timeout expired or query ID is invalid")
    assert telegram.violations == []


async def test_only_wanted_updates_arrive(telegram: SandboxTelegram, bot: Bot, anna: Person) -> None:
    assert await bot.get_updates(offset=-1, allowed_updates=["callback_query"])
    await anna.send("not wanted")
    anna.block()
    assert await bot.get_updates(offset=800_000_000) == []
    await bot.get_updates(allowed_updates=[])
    anna.unblock()
    back = (await bot.get_updates())[0].my_chat_member
    assert isinstance(back, ChatMemberUpdated)
    assert (back.old_chat_member.status, back.new_chat_member.status) == ("kicked", "member")
    with pytest.raises(TelegramBadRequest, match="unknown update types: taps"):
        await bot.get_updates(allowed_updates=["taps"])


async def test_one_poll_at_a_time_and_none_beside_a_webhook(telegram: SandboxTelegram, bot: Bot) -> None:
    waiting = asyncio.create_task(bot.get_updates(timeout=30))
    await telegram.world.until(lambda: telegram.world.updates.polls or None, timeout=5)
    assert await bot.get_updates() == []
    with pytest.raises(TelegramConflictError, match="terminated by other getUpdates request"):
        await waiting
    await bot.set_webhook("http://127.0.0.1:9/webhook")
    with pytest.raises(TelegramConflictError, match="webhook is active"):
        await bot.get_updates()


async def test_raw_updates_are_delivered_as_they_are(telegram: SandboxTelegram, bot: Bot, anna: Person) -> None:
    update_id = await telegram.deliver({"message": anna.messages[0].raw.as_json() | {"text": "made up"}})
    update = (await bot.get_updates(offset=update_id))[0]
    assert update.message
    assert update.message.text == "made up"


class WebhookBot:
    """The store's side of a webhook, with a switch to be down."""

    def __init__(self, bot: Bot, dispatcher: Dispatcher) -> None:
        self.down = 0
        self.app = web.Application(middlewares=[self._maybe_down])
        SimpleRequestHandler(dispatcher, bot, handle_in_background=False, secret_token="s3cret").register(
            self.app, path="/webhook"
        )

    @web.middleware
    async def _maybe_down(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if self.down:
            self.down -= 1
            return web.Response(status=500)
        return await handler(request)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        runner = web.AppRunner(self.app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/webhook"
        finally:
            await runner.cleanup()


async def test_a_webhook_gets_its_updates_with_secret_and_retries(
    telegram: SandboxTelegram, bot: Bot, anna: Person
) -> None:
    dispatcher = shop()
    seen: list[str | None] = []

    @dispatcher.edited_message()
    async def on_edit(message: Message) -> Any:
        seen.append(message.text)
        return message.answer("as a reply", reply_markup=keyboard("Back"))

    store = WebhookBot(bot, dispatcher)
    store.down = 2
    async with store.serve() as url:
        await bot.set_webhook(url, secret_token="s3cret", max_connections=5)
        await anna.see("You wrote /start")
        assert store.down == 0
        info = await bot.get_webhook_info()
        assert (info.url, info.last_error_message) == (
            url,
            "Wrong response from the webhook: 500 Internal Server Error",
        )
        assert (await anna.tap("Wallet")).show_alert
        mine = await anna.send("three")
        await anna.see("three")
        await anna.edit(mine, "four")
        assert (await anna.see("as a reply")).buttons == [["Back"]]
        assert seen == ["four"]
        await bot.delete_webhook()
        await anna.send("kept for later")
        assert (await bot.get_webhook_info()).pending_update_count == 1
    assert telegram.violations == []
    assert telegram.unanswered() == []


async def test_a_webhook_with_the_wrong_secret_is_not_served(telegram: SandboxTelegram, bot: Bot, anna: Person) -> None:
    store = WebhookBot(bot, shop())
    async with store.serve() as url:
        await bot.set_webhook(url, secret_token="other")
        with telegram.world.watch() as events:
            while (event := await events.next()).kind != "webhook_error":
                pass
        assert event.about == "Wrong response from the webhook: 401 Unauthorized"
        await bot.set_webhook(url, secret_token="s3cret", drop_pending_updates=True)
        await anna.send("fresh")
        await anna.see("fresh")
    assert all("/start" not in view.text for view in anna.messages[1:])


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"url": "http://example.com/x"}, "An HTTPS URL must be provided for webhook"),
        (
            {"url": "https://example.com", "secret_token": "no spaces"},
            "secret token contains unallowed characters",
        ),
        ({"url": "https://example.com", "secret_token": "x" * 257}, "secret token is too long"),
        ({"url": "https://example.com:8080"}, "Webhook can be set up only on ports 80, 88, 443 or 8443"),
        ({"url": "https://example.com", "max_connections": 101}, "max_connections must be between 1 and 100"),
    ],
)
async def test_a_wrong_webhook_is_refused(bot: Bot, params: dict[str, Any], text: str) -> None:
    with pytest.raises(TelegramBadRequest, match=text):
        await bot.set_webhook(**params)


async def test_the_server_comes_back_where_it_was(telegram: SandboxTelegram, bot: Bot, anna: Person) -> None:
    port = int(telegram.url.rpartition(":")[2])
    await telegram.stop()
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(1001, "lost")
    await telegram.start(port)
    await bot.send_message(1001, "back")
    assert [view.text for view in anna.messages] == ["/start", "back"]
