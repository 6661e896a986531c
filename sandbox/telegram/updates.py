"""The queue of updates for the bot: what is kept, what is confirmed, and what it asked to be told."""

import asyncio
from collections.abc import Iterable
from typing import Any

from sandbox.telegram.numbers import Numbers
from sandbox.telegram.refusals import Refusal, violation

Json = dict[str, Any]

KINDS = {
    "message", "edited_message", "channel_post", "edited_channel_post", "business_connection",
    "business_message", "edited_business_message", "deleted_business_messages", "guest_message",
    "message_reaction", "message_reaction_count", "inline_query", "chosen_inline_result", "callback_query",
    "shipping_query", "pre_checkout_query", "purchased_paid_media", "poll", "poll_answer", "my_chat_member",
    "chat_member", "chat_join_request", "chat_boost", "removed_chat_boost", "managed_bot", "subscription",
    "stopped_message_generation",
}  # fmt: skip
_ASKED_FOR_ONLY = {"chat_member", "message_reaction", "message_reaction_count"}


class UpdateQueue:
    """Updates in the order they happened; https://core.telegram.org/bots/api#getting-updates."""

    def __init__(self, numbers: Numbers) -> None:
        self.allowed: list[str] | None = None
        self.pending: list[Json] = []
        self.sent: dict[int, Json] = {}
        self.lanes: dict[int, int] = {}
        self._numbers = numbers
        self._again: set[int] = set()
        self._news = asyncio.Event()
        self._poll: asyncio.Event | None = None
        self.polls = 0

    def __getstate__(self) -> Json:
        """The queue without those who wait for it."""
        return {name: value for name, value in vars(self).items() if name not in {"_news", "_poll"}}

    def __setstate__(self, state: Json) -> None:
        vars(self).update(state)
        self._news, self._poll = asyncio.Event(), None

    def allow(self, kinds: list[str] | None) -> None:
        """Obey `allowed_updates`: None keeps the former choice, an empty list is the default one."""
        if kinds is None:
            return
        if unknown := set(kinds) - KINDS:
            raise violation(f"unknown update types: {', '.join(sorted(unknown))}")
        self.allowed = list(kinds) or None

    def add(self, kind: str, payload: Json, lane: int | None = None) -> None:
        """Queue an update of a kind the bot wants."""
        if kind in (self.allowed or KINDS - _ASKED_FOR_ONLY):
            self.put({kind: payload}, lane)

    def put(self, update: Json, lane: int | None = None) -> int:
        """Queue an update as it is, with an id of its own unless it has one; returns the id."""
        update = {"update_id": self._numbers.take("update", first=700_000_001)} | update
        update_id: int = update["update_id"]
        if update_id in self.sent:
            self._again.add(update_id)
        self.sent[update_id] = update
        self.lanes[update_id] = lane or update_id
        self.pending.append(update)
        self._news.set()
        return update_id

    def again(self, update_id: int) -> None:
        """Send an update once more, though it was confirmed."""
        self.put(self.sent[update_id], self.lanes[update_id])

    def drop(self, updates: Iterable[Json]) -> None:
        """Forget updates that arrived."""
        gone = {id(update) for update in updates}
        self.pending = [update for update in self.pending if id(update) not in gone]
        self._again -= {update["update_id"] for update in self.sent.values() if id(update) in gone}

    async def news(self) -> None:
        """Wait until something was queued after the last look."""
        await self._news.wait()
        self._news.clear()

    def wake(self) -> None:
        """Let whoever waits look again."""
        self._news.set()

    async def poll(self, offset: int, limit: int, timeout: float) -> list[Json]:
        """One `getUpdates`; a later one ends it with 409, as Telegram allows one at a time.

        Updates below `offset` are confirmed and forgotten; a negative offset keeps that many of the last.
        """
        self.polls += 1
        if self._poll:
            self._poll.set()
            self._news.set()
        mine = self._poll = asyncio.Event()
        if offset < 0:
            self.drop(self.pending[:offset])
        else:
            repeated = self._again
            self.drop(
                update
                for update in self.pending
                if update["update_id"] < offset and update["update_id"] not in repeated
            )
        try:
            async with asyncio.timeout(timeout):
                while not self.pending and not mine.is_set() and timeout > 0:
                    await self.news()
        except TimeoutError:
            pass
        if mine.is_set():
            text = "terminated by other getUpdates request; make sure that only one bot instance is running"
            raise Refusal(f"Conflict: {text}", 409)
        self._poll = None
        ready = sorted(self.pending[:limit], key=lambda update: int(update["update_id"]))
        self._again -= {update["update_id"] for update in ready}
        return ready
