"""Delivers updates to the bot's webhook: in order within a chat, again after a failure, with the secret."""

import asyncio
import json
from typing import Any, Protocol

import aiohttp

from sandbox.telegram.bodies import read_body
from sandbox.telegram.files import Upload
from sandbox.telegram.state import Json, Webhook, World

_FIRST_RETRY_SECONDS = 0.05
_LAST_RETRY_SECONDS = 5.0
# WebhookActor.cpp: what a webhook may not ask for in its reply, besides everything that begins with `get`.
_NOT_IN_A_REPLY = {"setwebhook", "deletewebhook", "close", "logout"}


class Executes(Protocol):
    """Carries out one method that arrived in a webhook's reply."""

    async def __call__(self, method: str, raw: Json, uploads: dict[str, Upload]) -> Any:
        """Run it; a refusal is recorded, nobody waits for the result."""


class WebhookPump:
    """Runs for the life of the server and is idle while the bot polls."""

    def __init__(self, world: World, execute: Executes) -> None:
        self._world = world
        self._execute = execute
        self._busy: set[int] = set()
        self._failures: dict[int, int] = {}
        self._freed = asyncio.Event()

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as client,
            asyncio.TaskGroup() as group,
        ):
            while True:
                webhook = self._world.webhook
                for update in self._ready(webhook):
                    self._busy.add(self._lane(update))
                    group.create_task(self._deliver(client, webhook, update))
                await self._world.updates.news() if webhook.url else await self._switched_on()

    async def _switched_on(self) -> None:
        with self._world.watch() as events:
            while not self._world.webhook.url:
                await events.next()

    def _lane(self, update: Json) -> int:
        return self._world.updates.lanes[update["update_id"]]

    def _ready(self, webhook: Webhook) -> list[Json]:
        """The oldest update of each chat that none is on its way of, as far as connections go."""
        ready: list[Json] = []
        if webhook.url:
            taken = set(self._busy)
            for update in self._world.updates.pending:
                if self._lane(update) not in taken and len(taken) < webhook.max_connections:
                    taken.add(self._lane(update))
                    ready.append(update)
        return ready

    async def _deliver(self, client: aiohttp.ClientSession, webhook: Webhook, update: Json) -> None:
        lane = self._lane(update)
        error = await self._post(client, webhook, update)
        if error is None:
            self._failures.pop(lane, None)
            self._world.updates.drop([update])
        else:
            webhook.last_error, webhook.last_error_at = error, self._world.clock()
            self._world.publish("webhook_error", about=error)
            failures = self._failures[lane] = self._failures.get(lane, 0) + 1
            await asyncio.sleep(min(_FIRST_RETRY_SECONDS * 2**failures, _LAST_RETRY_SECONDS))
        self._busy.discard(lane)
        self._world.updates.wake()

    async def _post(self, client: aiohttp.ClientSession, webhook: Webhook, update: Json) -> str | None:
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret} if webhook.secret else {}
        self._world.hand_out(update)
        try:
            async with client.post(
                webhook.url,
                data=json.dumps(update).encode(),
                headers=headers | {"Content-Type": "application/json"},
                allow_redirects=False,
            ) as reply:
                if not 200 <= reply.status < 300:
                    return f"Wrong response from the webhook: {reply.status} {reply.reason}"
                raw, uploads = await read_body(reply)
        except TimeoutError:
            return "Read timeout expired"
        except (aiohttp.ClientError, OSError):
            return "Connection failed"
        except ValueError:
            return None
        method = str(raw.pop("method", ""))
        if method and not method.lower().startswith("get") and method.lower() not in _NOT_IN_A_REPLY:
            await self._execute(method, raw, uploads)
        return None
