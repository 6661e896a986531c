"""Everything the sandbox Telegram knows, in one place, with a stream of what changes.

The server, the driver and a page laid on top all read this; each change is published as an `Event`.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from sandbox.telegram.entities import to_html
from sandbox.telegram.faults import RateLimits
from sandbox.telegram.files import FileStore
from sandbox.telegram.numbers import Numbers
from sandbox.telegram.refusals import Violation, bad_request
from sandbox.telegram.updates import UpdateQueue

T = TypeVar("T")
Json = dict[str, Any]


@dataclass
class User:
    """A person or the bot itself."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    is_bot: bool = False

    def as_json(self) -> Json:
        """A `User` of the Bot API."""
        known = {
            "id": self.id,
            "is_bot": self.is_bot,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "username": self.username,
            "language_code": self.language_code,
        }
        return {key: value for key, value in known.items() if value is not None}


@dataclass
class Message:
    """A message in a chat; `content` holds its fields as the Bot API names them (text, document, …)."""

    message_id: int
    chat: "Chat"
    sender: User
    date: datetime
    content: Json
    reply_markup: Json | None = None
    silent: bool = False
    protected: bool = False
    edits: int = 0
    edit_date: datetime | None = None
    reactions: list[Json] = field(default_factory=list)
    reply_to: "Message | None" = None
    inline_message_id: str | None = None
    via_bot: User | None = None

    @property
    def text(self) -> str:
        """The words as a person reads them: the text or the caption, without markup."""
        invoice = self.content.get("invoice", {})
        return str(self.content.get("text", self.content.get("caption", invoice.get("title", ""))))

    @property
    def html(self) -> str:
        """The same words with their formatting."""
        entities: list[Json] = self.content.get("entities") or self.content.get("caption_entities") or []
        return to_html(self.text, entities)

    @property
    def rows(self) -> list[list[Json]]:
        """The rows of inline buttons, as the Bot API has them."""
        return list((self.reply_markup or {}).get("inline_keyboard", []))

    def as_json(self) -> Json:
        """A `Message` of the Bot API."""
        known: Json = {
            "message_id": self.message_id,
            "from": self.sender.as_json(),
            "date": int(self.date.timestamp()),
            "chat": self.chat.as_json(),
        }
        if self.edit_date:
            known["edit_date"] = int(self.edit_date.timestamp())
        if self.reply_to:
            # Telegram shows one step of a conversation, never what that one replied to.
            known["reply_to_message"] = replace(self.reply_to, reply_to=None).as_json()
        if self.via_bot:
            known["via_bot"] = self.via_bot.as_json()
        if self.protected:
            known["has_protected_content"] = True
        if self.reply_markup:
            known["reply_markup"] = self.reply_markup
        return known | self.content


@dataclass
class Chat:
    """A private chat of the bot with one person (`user` set), or a group."""

    id: int
    user: User | None = None
    title: str | None = None
    members: dict[int, User] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    started: bool = False
    blocked: bool = False
    pinned: list[int] = field(default_factory=list)
    action: str | None = None
    menu_button: Json | None = None
    reply_keyboard: Json | None = None

    @property
    def type(self) -> str:
        """`private` or `supergroup`."""
        return "private" if self.user else "supergroup"

    def as_json(self) -> Json:
        """A `Chat` of the Bot API."""
        if not self.user:
            return {"id": self.id, "type": self.type, "title": self.title}
        person = self.user.as_json()
        names = {key: person[key] for key in ("first_name", "last_name", "username") if key in person}
        return {"id": self.id, "type": self.type} | names


@dataclass
class Query:
    """A callback, inline or pre-checkout query; `handed` counts how often the bot was told of it."""

    id: str
    kind: str
    user: User
    at: datetime
    about: str
    handed: int = 0
    answers: list[Json] = field(default_factory=list)
    late: bool = False


@dataclass
class Call:
    """One call of the bot: what it asked and what it was told."""

    method: str
    params: Json
    at: datetime
    result: Any = None
    error: str | None = None


@dataclass(frozen=True)
class Event:
    """One change, for whoever watches: its kind, the chat it happened in, and what it is about."""

    kind: str
    chat_id: int | None
    about: Any


@dataclass
class BotProfile:
    """What the owner set up for the bot; keyed by language, `""` being the default."""

    user: User
    names: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    menu_button: Json = field(default_factory=lambda: {"type": "commands"})


@dataclass
class Webhook:
    """Where updates are sent; an empty `url` means the bot polls."""

    url: str = ""
    secret: str = ""
    max_connections: int = 40
    last_error: str = ""
    last_error_at: datetime | None = None


_KEPT = (
    "numbers", "bot", "users", "chats", "files", "updates", "webhook", "queries", "invoices", "star_transactions",
    "star_charges", "violations", "logged_out",
)  # fmt: skip


class World:
    """Users, chats, files, updates, calls and violations of one sandbox; `clock` gives aware UTC times."""

    def __init__(self, bot: User, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.numbers = Numbers()
        self.bot = BotProfile(bot)
        self.users: dict[int, User] = {}
        self.chats: dict[int, Chat] = {}
        self.files = FileStore(self.numbers)
        self.updates = UpdateQueue(self.numbers)
        self.webhook = Webhook()
        self.limits = RateLimits(clock)
        self.queries: dict[str, Query] = {}
        self.invoices: dict[str, Json] = {}
        self.star_transactions: list[Json] = []
        self.star_charges: dict[str, Json] = {}
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.callback_seconds = 60.0
        self.pre_checkout_seconds = 10.0
        self.logged_out = False
        self._watchers: set[asyncio.Queue[Event]] = set()

    def state(self) -> Json:
        """What a world that goes on later needs; neither the calls so far nor whoever watches."""
        return {name: getattr(self, name) for name in _KEPT} | {"rate_limits": self.limits.enabled}

    def restore(self, state: Json, gap: int) -> None:
        """Go on from a state. This many numbers are left out: they may have been used after it was taken."""
        bot = self.bot.user
        for name in _KEPT:
            setattr(self, name, state[name])
        # The messages name the bot of old as their sender; who it is by now is said by the token.
        vars(self.bot.user).update(vars(bot))
        self.limits.enabled = state["rate_limits"]
        self.numbers.leap(gap)
        for chat in self.chats.values():
            chat.action = None

    def publish(self, kind: str, chat_id: int | None = None, about: Any = None) -> None:
        """Tell every watcher of a change."""
        for watcher in self._watchers:
            watcher.put_nowait(Event(kind, chat_id, about))

    def watch(self) -> "Watch":
        """A stream of the events from now on; use it as a context manager."""
        return Watch(self._watchers)

    async def until(self, found: Callable[[], T | None], timeout: float) -> T | None:
        """What `found` returns once that is not None, looked at again after each change; None in the end."""
        with self.watch() as events:
            try:
                async with asyncio.timeout(timeout):
                    while (result := found()) is None:
                        await events.next()
                    return result
            except TimeoutError:
                return found()

    def violate(self, method: str, text: str) -> None:
        """Write down that the bot broke the Bot API."""
        self.violations.append(f"{method}: {text}")
        self.publish("violation", about=self.violations[-1])

    def chat(self, chat_id: int | str) -> Chat:
        """The chat with this id, as far as the bot may know it; refuses with `chat not found`."""
        found = self.chats.get(chat_id) if isinstance(chat_id, int) else None
        if found is None or (found.user and not found.started):
            raise bad_request("chat not found")
        return found

    def post(self, chat: Chat, sender: User, content: Json, **details: Any) -> Message:
        """Put a message into a chat."""
        message = Message(self.numbers.take("message"), chat, sender, self.clock(), content, **details)
        if message.inline_message_id is None and message.via_bot:
            message.inline_message_id = f"inline{message.message_id}"
        chat.messages[message.message_id] = message
        chat.action = None
        self.publish("message", chat.id, message)
        return message

    def ask(self, kind: str, user: User, about: str) -> Query:
        """Open a query that the bot has to answer."""
        query = Query(str(self.numbers.take("query", first=4_000_000_000_001)), kind, user, self.clock(), about)
        self.queries[query.id] = query
        return query

    def answer(self, query_id: str, kind: str, reply: Json) -> Query:
        """Take the bot's answer to a query, once for each time it was told of it."""
        refusal = "query is too old and response timeout expired or query ID is invalid"
        query = self.queries.get(query_id)
        if query is None or query.kind != kind:
            raise bad_request(refusal)
        seconds = self.pre_checkout_seconds if kind == "pre_checkout_query" else self.callback_seconds
        if (self.clock() - query.at).total_seconds() > seconds:
            query.late = True
            raise Violation(f"Bad Request: {refusal}")
        if query.answers and len(query.answers) >= max(query.handed, 1):
            raise Violation(f"Bad Request: {refusal}")
        query.answers.append(reply)
        if len(query.answers) > 1:
            raise bad_request(refusal)
        self.publish("answer", about=query)
        return query

    def hand_out(self, update: Json) -> None:
        """Note that the bot was given this update."""
        for kind in ("callback_query", "inline_query", "pre_checkout_query"):
            if kind in update and (query := self.queries.get(update[kind]["id"])):
                query.handed += 1

    def update(self, kind: str, payload: Json, lane: int | None = None) -> None:
        """Queue an update for the bot; those with the same `lane` (a chat or a user) keep their order."""
        self.updates.add(kind, payload, lane)
        self.publish("update", about=kind)

    def messages(self) -> Iterator[Message]:
        """Every message of every chat."""
        for chat in self.chats.values():
            yield from chat.messages.values()


class Watch:
    """One watcher's stream of events."""

    def __init__(self, watchers: set[asyncio.Queue[Event]]) -> None:
        self._watchers = watchers
        self._queue: asyncio.Queue[Event] = asyncio.Queue()

    def __enter__(self) -> "Watch":
        self._watchers.add(self._queue)
        return self

    def __exit__(self, *_: object) -> None:
        self._watchers.discard(self._queue)

    async def next(self) -> Event:
        """The next event, waited for."""
        return await self._queue.get()
