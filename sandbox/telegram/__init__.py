"""A Telegram on loopback: a strict Bot API server for one bot, and the people who talk to it.

telegram = SandboxTelegram(token="42:SANDBOX")
await telegram.start()
anna = telegram.person(1001, first_name="Anna")
await anna.send("/start")
await anna.tap("Catalogue")
await telegram.stop()
assert telegram.violations == []
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from sandbox.telegram.faults import Faults, TelegramFault
from sandbox.telegram.files import Upload
from sandbox.telegram.people import Person
from sandbox.telegram.refusals import Refusal
from sandbox.telegram.server import BotApiServer
from sandbox.telegram.state import Call, Chat, Json, User, World
from sandbox.telegram.views import CallbackAnswer, InlineAnswer, Payment, View
from sandbox.telegram.webhook import WebhookPump

__all__ = [
    "Call",
    "CallbackAnswer",
    "InlineAnswer",
    "Payment",
    "Person",
    "SandboxTelegram",
    "TelegramFault",
    "View",
]


class SandboxTelegram:
    """The server, its state (`world`) and the handles a test needs."""

    def __init__(
        self,
        token: str = "42:SANDBOX",  # noqa: S107 - the toy server's own, no secret
        clock: Callable[[], datetime] | None = None,
        username: str = "sandbox_bot",
        name: str = "Sandbox",
        callback_seconds: float = 60,
        pre_checkout_seconds: float = 10,
    ) -> None:
        """`clock` gives aware UTC times; the two numbers are how many seconds the bot has for its answers."""
        self.token = token
        bot = User(int(token.split(":", maxsplit=1)[0]), name, username=username, is_bot=True)
        self.world = World(bot, clock or (lambda: datetime.now(UTC)))
        self.world.callback_seconds = callback_seconds
        self.world.pre_checkout_seconds = pre_checkout_seconds
        self.url = ""
        self._faults = Faults()
        self._server = BotApiServer(token, self.world, self._faults)
        self._runner: web.AppRunner | None = None
        self._pump: asyncio.Task[None] | None = None

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> None:
        """Serve, on a free port unless one is named; `url` is the base for `TELEGRAM_API_URL`."""
        self._runner = web.AppRunner(self._server.app(), access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.url = f"http://{host}:{self._runner.addresses[0][1]}"
        self._pump = asyncio.create_task(WebhookPump(self.world, self._execute).run())

    async def stop(self) -> None:
        """Stop serving; what happened stays to be looked at, and `start` goes on from there."""
        if self._pump:
            self._pump.cancel()
            with suppress(asyncio.CancelledError):
                await self._pump
        if self._runner:
            await self._runner.cleanup()
        self._pump = self._runner = None

    def state(self) -> Json:
        """Everything a sandbox that goes on later needs: for `restore`, and for `pickle` in between."""
        return self.world.state()

    def restore(self, state: Json, gap: int = 1000) -> None:
        """Go on from a state, before `start` and before any person is asked for.

        The next `gap` numbers of messages, updates, charges and the like are left out: what was
        named by them after the state was taken must not be mistaken for something new.
        """
        if self._runner or self.world.chats:
            raise RuntimeError("a sandbox goes on from a state before it starts and before anybody uses it")
        self.world.restore(state, gap)

    async def __aenter__(self) -> "SandboxTelegram":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _execute(self, method: str, raw: Json, uploads: dict[str, Upload]) -> Any:
        with suppress(Refusal):
            await self._server.execute(method, raw, uploads)

    def person(
        self,
        user_id: int,
        first_name: str,
        username: str | None = None,
        language_code: str | None = "en",
        last_name: str | None = None,
    ) -> Person:
        """A person with a private chat; the bot can write to it once they wrote first."""
        user = self.world.users.setdefault(user_id, User(user_id, first_name, last_name, username, language_code))
        chat = self.world.chats.setdefault(user_id, Chat(user_id, user=user))
        return Person(self.world, user, chat)

    def group(self, chat_id: int, title: str) -> Chat:
        """A group the bot is in (`chat_id` below zero); people enter with `person.at(group)`."""
        return self.world.chats.setdefault(chat_id, Chat(chat_id, title=title, started=True))

    def fault(self, fault: TelegramFault, method: str | None = None, times: int = 1) -> None:
        """Let the next `times` calls of a method, or of any but getUpdates, go wrong."""
        self._faults.order(fault, method, times)

    def misbehave(self, chances: Mapping[TelegramFault, float], seed: int = 0) -> None:
        """Let every call but getUpdates meet each fault with its probability (0 to 1 in all), until cleared."""
        self._faults.misbehave(chances, seed)

    def clear_faults(self) -> None:
        """Call off the faults still to come, and misbehave no more."""
        self._faults.clear()

    def faults_to_come(self) -> list[Json]:
        """The faults still to come, for people to read."""
        return self._faults.listed()

    @property
    def rate_limits(self) -> bool:
        """Whether Telegram's send limits are enforced; off at first."""
        return self.world.limits.enabled

    @rate_limits.setter
    def rate_limits(self, enabled: bool) -> None:
        self.world.limits.enabled = enabled

    async def deliver(self, update: Json) -> int:
        """Send the bot any update as it is, with an id of its own unless it has one; returns the id."""
        return self.world.updates.put(update)

    def redeliver(self, update_id: int | None = None) -> int:
        """Send the bot an update once more (the last one unless named); returns its id."""
        chosen = update_id if update_id is not None else max(self.world.updates.sent)
        self.world.updates.again(chosen)
        return chosen

    @property
    def violations(self) -> list[str]:
        """Each breach of the Bot API, with the method; a correct bot leaves this empty."""
        return self.world.violations

    @property
    def calls(self) -> list[Call]:
        """Every call but the successful getUpdates, in the order they came."""
        return self.world.calls

    def unanswered(self) -> list[str]:
        """The queries the bot was given and did not answer, or not in time."""
        return [
            f"{query.about} ({query.kind})"
            for query in self.world.queries.values()
            if query.handed and (query.late or not query.answers)
        ]
