"""What is done on the page: on the phones, to the panel, to Telegram and to the store; each by its name."""

import json
from collections.abc import Awaitable, Callable
from decimal import Decimal
from itertools import count
from typing import Any

from sandbox.page import wire
from sandbox.page.wire import TELEGRAM_FAULTS
from sandbox.panel import SandboxPanel
from sandbox.panel.control import VERBS
from sandbox.process import Program
from sandbox.telegram import Person, SandboxTelegram
from sandbox.telegram.state import Json
from sandbox.telegram.views import InlineResult, View, view_of

_TAP_SECONDS = 60
_FIRST_ADDED = 2001


class Wrong(Exception):
    """What was asked cannot be done; the text is for the person at the page."""


class Acts:
    """Carries out what the page asks, by the names of `docs/sandbox.md`."""

    def __init__(self, telegram: SandboxTelegram, panel: SandboxPanel, store: Program) -> None:
        self._telegram = telegram
        self._world = telegram.world
        self._panel = panel
        self._store = store
        self._found: dict[tuple[int, str], list[InlineResult]] = {}
        self._acts: dict[str, Callable[[Json], Awaitable[Any]]] = {
            "send": self._send,
            "start": self._start,
            "tap": self._tap,
            "pay": self._pay,
            "invoice": self._invoice,
            "inline": self._inline,
            "choose": self._choose,
            "edit": self._edit,
            "delete": self._delete,
            "block": self._block,
            "unblock": self._unblock,
            "language": self._language,
            "add_person": self._add_person,
            "panel": self._on_panel,
            "telegram": self._on_telegram,
            "store": self._on_store,
        }

    async def perform(self, asked: Json) -> Any:
        """Do what `asked["do"]` names and return what the page is told of it. Raises Wrong."""
        act = self._acts.get(str(asked.get("do")))
        if act is None:
            raise Wrong(f"there is no act {asked.get('do')!r}, only: {', '.join(self._acts)}")
        try:
            return await act(asked)
        except AssertionError as error:  # the driver's way of saying that a person sees something else
            raise Wrong(str(error)) from None
        except (KeyError, TypeError, ValueError, ArithmeticError) as error:
            raise Wrong(f"{type(error).__name__}: {error}") from None

    async def upload(self, person_id: int, kind: str, name: str, mime: str, caption: str, data: bytes) -> None:
        """Send a file or a photo from a phone. Raises Wrong."""
        person = self._person({"person": person_id})
        try:
            if kind == "photo":
                await person.send_photo(data, caption or None)
            else:
                await person.upload(data, name, mime, caption or None)
        except AssertionError as error:
            raise Wrong(str(error)) from None

    def _person(self, asked: Json) -> Person:
        user = self._world.users.get(int(asked["person"]))
        if user is None:
            raise Wrong("there is no such person")
        return Person(self._world, user, self._world.chats[user.id])

    def _view(self, asked: Json) -> View:
        person = self._person(asked)
        message = person.chat.messages.get(int(asked["message"]))
        if message is None:
            raise Wrong("this message is gone")
        return view_of(message, self._world.files, person.id)

    async def _send(self, asked: Json) -> None:
        reply_to = self._view(asked | {"message": asked["reply_to"]}) if asked.get("reply_to") else None
        await self._person(asked).send(str(asked["text"]), reply_to)

    async def _start(self, asked: Json) -> None:
        await self._person(asked).send(f"/start {asked.get('payload') or ''}".strip())

    async def _tap(self, asked: Json) -> Json:
        answer = await self._person(asked).tap_data(str(asked["data"]), self._view(asked), timeout=_TAP_SECONDS)
        return {"text": answer.text, "alert": answer.show_alert, "url": answer.url}

    async def _pay(self, asked: Json) -> Json:
        invoice = asked.get("link") or self._view(asked)
        payment = await self._person(asked).pay(invoice)
        return {"paid": payment.ok} | ({"charge": payment.charge_id} if payment.ok else {"error": payment.error})

    async def _invoice(self, asked: Json) -> Json:
        return wire.bill(self._world.invoices[asked["link"]])

    async def _inline(self, asked: Json) -> Json:
        person, query, offset = self._person(asked), str(asked["query"]), str(asked.get("offset", ""))
        answer = await person.inline(query, offset)
        known = self._found.setdefault((person.id, query), []) if offset else []
        self._found[person.id, query] = [*known, *answer.results]
        return {
            "results": [
                {"title": result.title, "description": result.description, "text": result.text}
                for result in answer.results
            ],
            "next_offset": answer.next_offset,
            "button": answer.button or None,
        }

    async def _choose(self, asked: Json) -> None:
        person = self._person(asked)
        await person.choose(self._found[person.id, str(asked["query"])][int(asked["index"])])

    async def _edit(self, asked: Json) -> None:
        await self._person(asked).edit(self._view(asked), str(asked["text"]))

    async def _delete(self, asked: Json) -> None:
        self._person(asked).delete(self._view(asked))

    async def _block(self, asked: Json) -> None:
        self._person(asked).block()

    async def _unblock(self, asked: Json) -> None:
        self._person(asked).unblock()

    async def _language(self, asked: Json) -> None:
        person = self._person(asked)
        person.user.language_code = str(asked["language"])
        self._world.publish("language", person.id)

    async def _add_person(self, asked: Json) -> Json:
        name = str(asked["name"]).strip()
        if not 1 <= len(name) <= 64:
            raise Wrong("Telegram's names are 1 to 64 characters long.")
        number = next(number for number in count(_FIRST_ADDED) if number not in self._world.users)
        self._telegram.person(number, name, language_code=str(asked.get("language") or "en"))
        self._world.publish("person", number)
        return {"person": number}

    async def _on_panel(self, asked: Json) -> None:
        verb = VERBS.get(str(asked["verb"]))
        if verb is None:
            raise Wrong(f"the panel knows: {', '.join(VERBS)}")
        # Amounts are exact: read again from the text, as the panel's own control does.
        verb(self._panel, json.loads(json.dumps(asked), parse_float=Decimal))

    async def _on_telegram(self, asked: Json) -> None:
        match asked["verb"]:
            case "fault":
                fault, _ = TELEGRAM_FAULTS[str(asked["fault"])]
                if asked.get("amount") is not None:
                    fault = fault(float(asked["amount"]))
                self._telegram.fault(fault, asked.get("method") or None, int(asked.get("times") or 1))
            case "clear":
                self._telegram.clear_faults()
            case "rate_limits":
                self._telegram.rate_limits = bool(asked["on"])
            case verb:
                raise Wrong(f"Telegram knows fault, clear and rate_limits, not {verb!r}")

    async def _on_store(self, asked: Json) -> None:
        match asked["verb"]:
            case "kill":
                await self._store.kill()
            case "start":
                await self._store.start()
            case "restart":
                await self._store.stop()
                await self._store.start()
            case verb:
                raise Wrong(f"the store knows kill, start and restart, not {verb!r}")
