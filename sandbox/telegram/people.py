"""The people at the other end: they write, tap, upload, pay and block, and look at what they are shown."""

import mimetypes
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.telegram.detection import found_entities
from sandbox.telegram.entities import trimmed, utf16_length
from sandbox.telegram.files import StoredFile, Upload, picture_size
from sandbox.telegram.links import start_parameter
from sandbox.telegram.methods.chats import member
from sandbox.telegram.methods.profile import scope_key
from sandbox.telegram.state import Chat, Json, Message, Query, User, World
from sandbox.telegram.till import pay_bill
from sandbox.telegram.views import (
    CallbackAnswer,
    InlineAnswer,
    InlineResult,
    Payment,
    View,
    view_of,
)


@dataclass(frozen=True)
class _Button:
    message: Message
    button: Json


class Person:
    """One person in one chat: the private one with the bot, or a group (see `at`).

    Whatever phone it is done on, it is the same chat. Times to wait are in seconds.
    """

    def __init__(self, world: World, user: User, chat: Chat) -> None:
        self.user = user
        self.chat = chat
        self._world = world

    @property
    def id(self) -> int:
        """The Telegram id, which is also the id of the private chat."""
        return self.user.id

    def at(self, group: Chat) -> "Person":
        """The same person in a group, which they join."""
        group.members[self.id] = self.user
        return Person(self._world, self.user, group)

    # What they do

    async def send(self, text: str, reply_to: View | None = None) -> View:
        """Write a message; a leading /command is marked as Telegram's apps do."""
        return self._post(_typed(text), reply_to)

    async def upload(
        self, data: bytes, filename: str = "file.bin", mime: str | None = None, caption: str | None = None
    ) -> View:
        """Send a file as a document."""
        guessed = mime or mimetypes.guess_type(filename)[0] or "application/octet-stream"
        stored = self._world.files.keep("document", Upload(filename, guessed, data))
        return self._post(_captioned(stored, caption))

    async def send_photo(self, data: bytes, caption: str | None = None) -> View:
        """Send a photo; any bytes will do."""
        return self._post(self._photo(data, caption))

    async def send_album(self, pictures: Sequence[bytes]) -> list[View]:
        """Send photos together: the bot is told of each by itself, all with one `media_group_id`."""
        group = {"media_group_id": str(self._world.numbers.take("album"))}
        return [self._post(self._photo(data) | group) for data in pictures]

    async def send_sticker(self) -> View:
        """Send a sticker."""
        stored = self._world.files.keep("sticker", Upload("sticker.webp", "image/webp", b"RIFF"), (512, 512))
        return self._post({"sticker": stored.as_json()})

    async def edit(self, message: View, text: str) -> View:
        """Edit a message of one's own: its text, or its caption where it holds a file."""
        edited = message.raw
        if edited.sender is not self.user or "forward_origin" in edited.content:
            raise AssertionError(f"{self.user.first_name} can edit only what they wrote themselves")
        if "text" in edited.content:
            edited.content = _typed(text)
        else:
            kept = {key: edited.content[key] for key in ("document", "photo") if key in edited.content}
            edited.content = kept | _typed(text, "caption")
        edited.edits += 1
        edited.edit_date = self._world.clock()
        self._world.publish("edit", self.chat.id, edited)
        self._tell("edited_message", edited)
        return self._view(edited)

    async def forward(self, message: View, to: "Person | None" = None) -> View:
        """Forward a message with its buttons, to the same chat or to where another person stands.

        The bot is told when it is in a chat of one's own with it, or in a group as of any message.
        """
        if message.raw.protected:
            raise AssertionError("Telegram's apps do not forward protected content")
        origin = {
            "type": "user",
            "date": int(message.raw.date.timestamp()),
            "sender_user": message.raw.sender.as_json(),
        }
        chat = to.chat if to else self.chat
        content = {"forward_origin": origin} | message.raw.content
        if chat.user is None or chat.user is self.user:
            copy = Person(self._world, self.user, chat)._post(content, reply_markup=message.raw.reply_markup)
        else:
            copy = self._view(self._world.post(chat, self.user, content, reply_markup=message.raw.reply_markup))
        if bill := self._world.invoices.get(_key(message)):
            self._world.invoices[_key(copy)] = bill
        return copy

    async def tap(
        self, label: str, message: View | None = None, wait: bool = True, timeout: float = 10
    ) -> CallbackAnswer:
        """Tap the inline button with this label (or with it inside) on the newest message that has one.

        Waits for the button to appear and, with `wait`, for the bot's answer. Raises AssertionError when
        there is no such button, when it is disabled, or when the bot does not answer in time.
        """
        found = await self._world.until(lambda: self._find(label, message), timeout)
        if found is None:
            raise AssertionError(f"{self.user.first_name} sees no button {label!r}; on screen: {self._labels()}")
        if "disabled" in found.button:
            raise AssertionError(f"the button {found.button['text']!r} is disabled")
        if "callback_data" in found.button:
            data, shown = found.button["callback_data"], found.message
            return await self._ask_bot(data, shown, found.button["text"], wait, timeout)
        return await self._without_bot(found.button)

    async def tap_data(
        self, data: str, message: View | None = None, wait: bool = True, timeout: float = 10
    ) -> CallbackAnswer:
        """Send a callback with any data, as if from this message or the newest keyboard."""
        shown = message.raw if message else (self.screen.raw if self.screen else None)
        if shown is None:
            raise AssertionError("there is no message a callback could come from")
        return await self._ask_bot(data, shown, data, wait, timeout)

    async def pay(self, invoice: View | str | None = None, ok: bool = True) -> Payment:
        """Pay an invoice message, an invoice link, or the newest invoice, in Stars.

        With `ok` false the payment falls through after the bot agreed. A bot that does not answer
        the pre-checkout query in time is a violation, and the payment fails.
        """
        shown = invoice or self._newest_invoice()
        key = shown if isinstance(shown, str) else _key(shown)
        if key not in self._world.invoices:
            raise AssertionError(f"there is no invoice {key!r}")
        return await pay_bill(self._world, self.user, self._world.invoices[key], ok)

    async def inline(self, query: str, offset: str = "", timeout: float = 10) -> InlineAnswer:
        """Type the bot's name and a query in any chat; raises AssertionError when no answer comes."""
        if len(query) > 256:
            raise ValueError("Telegram's apps send inline queries of up to 256 characters")
        asked = self._world.ask("inline_query", self.user, f"the inline query {query!r}")
        payload = {"id": asked.id, "from": self.user.as_json(), "query": query, "offset": offset}
        self._world.update("inline_query", payload | {"chat_type": "sender"}, self.id)
        answer = await self._answer_to(asked, timeout)
        results = [
            InlineResult(item["title"], item.get("description", ""), item["content"]["text"], item)
            for item in answer["results"]
        ]
        return InlineAnswer(results, answer.get("next_offset", ""), answer.get("button", {}))

    async def choose(self, result: InlineResult) -> View:
        """Send an inline result into this chat."""
        message = self._world.post(
            self.chat,
            self.user,
            result.raw["content"],
            reply_markup=result.raw.get("reply_markup"),
            via_bot=self._world.bot.user,
        )
        self._world.update("message", message.as_json(), self.chat.id)
        return self._view(message)

    def block(self) -> None:
        """Block the bot, or put it out of the group: nothing it sends arrives from now on."""
        self._membership("member", "kicked")

    def unblock(self) -> None:
        """Let the bot write again, or back into the group."""
        self._membership("kicked", "member")

    def delete(self, message: View) -> None:
        """Delete a message for both sides; the bot is not told."""
        self.chat.messages.pop(message.message_id, None)
        self._world.publish("delete", self.chat.id, message.raw)

    # What they see

    async def see(self, words: str, timeout: float = 10) -> View:
        """Wait for a message of the bot that contains the words; the newest one that does.

        Raises AssertionError with what is on screen instead.
        """
        found = await self._world.until(lambda: self._newest_with(words), timeout)
        if found is None:
            shown = "\n---\n".join(view.text for view in self.messages[-5:]) or "nothing"
            raise AssertionError(f"{self.user.first_name} does not see {words!r}; on screen:\n{shown}")
        return found

    async def gone(self, words: str, timeout: float = 10) -> None:
        """Wait until no message of the bot contains the words; raises AssertionError."""
        if not await self._world.until(lambda: True if self._newest_with(words) is None else None, timeout):
            raise AssertionError(f"{self.user.first_name} still sees {words!r}")

    @property
    def messages(self) -> list[View]:
        """Everything in the chat, both sides, oldest first, without what was deleted."""
        return [self._view(message) for message in self.chat.messages.values()]

    @property
    def screen(self) -> View | None:
        """The bot's newest message with inline buttons."""
        return next((view for view in reversed(self.messages) if view.buttons and not view.mine), None)

    @property
    def pinned(self) -> list[View]:
        """The pinned messages, the newest last."""
        return [self._view(self.chat.messages[message_id]) for message_id in self.chat.pinned]

    @property
    def action(self) -> str | None:
        """What the bot is seen doing (`typing`, …) since its last message."""
        return self.chat.action

    @property
    def commands(self) -> list[str]:
        """The names of the commands in this person's menu."""
        return [command["command"] for command in self.menu]

    @property
    def menu(self) -> list[Json]:
        """The commands in this person's menu with their descriptions, by the order of
        https://core.telegram.org/bots/api#determining-list-of-commands
        """
        here = {"type": "chat", "chat_id": self.chat.id}
        kinds: list[Json] = [here, {"type": "all_private_chats"}]
        if not self.chat.user:
            kinds = [here | {"type": "chat_member", "user_id": self.id}, here, {"type": "all_group_chats"}]
        for scope in [*kinds, {"type": "default"}]:
            for language in (self.user.language_code or "", ""):
                if known := self._world.bot.commands.get((scope_key(scope), language)):
                    return known
        return []

    # How it is done

    def _photo(self, data: bytes, caption: str | None = None) -> Json:
        upload = Upload("photo.jpg", "image/jpeg", data)
        return _captioned(self._world.files.keep("photo", upload, picture_size(data) or (100, 100)), caption)

    def _view(self, message: Message) -> View:
        return view_of(message, self._world.files, self.id)

    def _post(self, content: Json, reply_to: View | None = None, reply_markup: Json | None = None) -> View:
        if self.chat.user and self.chat.blocked:
            raise AssertionError(f"{self.user.first_name} has blocked the bot and can't write to it")
        self.chat.started = True
        replied = reply_to.raw if reply_to else None
        message = self._world.post(self.chat, self.user, content, reply_to=replied, reply_markup=reply_markup)
        self._tell("message", message)
        return self._view(message)

    def _tell(self, kind: str, message: Message) -> None:
        """Let the bot know of a message, if it is there; in groups only if its privacy mode lets it hear."""
        bot = self._world.bot.user
        command = re.match(r"/\w+(@\w+)?", message.text) if "text" in message.content else None
        called = command and command.group(1) in {None, f"@{bot.username}"}
        replied = message.reply_to and message.reply_to.sender is bot
        if not self.chat.blocked and (self.chat.user or called or replied or f"@{bot.username}" in message.text):
            self._world.update(kind, message.as_json(), self.chat.id)

    def _from_bot(self) -> list[Message]:
        return [message for message in self.chat.messages.values() if message.sender is self._world.bot.user]

    def _newest_with(self, words: str) -> View | None:
        shown = (message for message in reversed(self._from_bot()) if words in message.text)
        return next((self._view(message) for message in shown), None)

    def _newest_invoice(self) -> View:
        for message in reversed(self._from_bot()):
            if "invoice" in message.content:
                return self._view(message)
        raise AssertionError("there is no invoice in the chat")

    def _labels(self) -> list[str]:
        return [label for view in self.messages for label in view.labels]

    def _find(self, label: str, only: View | None) -> _Button | None:
        for message in reversed(self.chat.messages.values()):
            if only and message.message_id != only.message_id:
                continue
            buttons = [button for row in message.rows for button in row]
            for button in buttons:
                if button["text"] == label:
                    return _Button(message, button)
            for button in buttons:
                if label in button["text"]:
                    return _Button(message, button)
        return None

    async def _ask_bot(self, data: str, shown: Message, label: str, wait: bool, timeout: float) -> CallbackAnswer:
        query = self._world.ask("callback_query", self.user, f"{self.user.first_name}'s tap on {label!r}")
        payload: Json = {
            "id": query.id,
            "from": self.user.as_json(),
            "chat_instance": f"{abs(shown.chat.id)}0042",
            "data": data,
        }
        if shown.inline_message_id:
            payload["inline_message_id"] = shown.inline_message_id
        elif shown.message_id in shown.chat.messages:
            payload["message"] = shown.as_json()
        else:
            payload["message"] = {"chat": shown.chat.as_json(), "message_id": shown.message_id, "date": 0}
        self._world.update("callback_query", payload, self.chat.id)
        if not wait:
            return CallbackAnswer()
        answer = await self._answer_to(query, timeout)
        await self._open(answer.get("url", ""))
        return CallbackAnswer(answer.get("text"), answer.get("show_alert", False), answer.get("url"))

    async def _without_bot(self, button: Json) -> CallbackAnswer:
        if "copy_text" in button:
            return CallbackAnswer(copied=button["copy_text"]["text"])
        for key in ("switch_inline_query_current_chat", "switch_inline_query"):
            if key in button:
                return CallbackAnswer(inline_query=button[key])
        if chosen := button.get("switch_inline_query_chosen_chat"):
            return CallbackAnswer(inline_query=chosen.get("query", ""))
        if "pay" in button:
            raise AssertionError("an invoice is paid with pay()")
        url = button.get("url") or button.get("web_app", {}).get("url", "")
        await self._open(url)
        return CallbackAnswer(url=url)

    async def _open(self, url: str) -> None:
        """Follow a link: one that starts the bot does so in the private chat, whichever chat it stands in."""
        parameter = start_parameter(url, str(self._world.bot.user.username))
        if parameter is None:
            return
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,64}", parameter):
            raise AssertionError(f"Telegram takes start parameters of up to 64 of A-Z, a-z, 0-9, _ and -: {url}")
        private = self._world.chats[self.id]
        await Person(self._world, self.user, private).send(f"/start {parameter}".strip())

    async def _answer_to(self, query: Query, timeout: float) -> Json:
        answer = await self._world.until(lambda: query.answers[0] if query.answers else None, timeout)
        if answer is None:
            raise AssertionError(f"{query.about} was not answered within {timeout:g} s")
        return answer

    def _membership(self, before: str, after: str) -> None:
        self.chat.blocked = after == "kicked"
        bot = self._world.bot.user
        change: dict[str, Any] = {
            "chat": self.chat.as_json(),
            "from": self.user.as_json(),
            "date": int(self._world.clock().timestamp()),
            "old_chat_member": member(bot, before),
            "new_chat_member": member(bot, after),
        }
        self._world.update("my_chat_member", change, self.chat.id)
        self._world.publish("membership", self.chat.id, after)


def _key(invoice: View) -> str:
    return f"{invoice.raw.chat.id}:{invoice.message_id}"


def _typed(text: str, field: str = "text") -> Json:
    """What somebody typed, with what Telegram's apps mark in it; refuses lengths they do not let through."""
    words, _ = trimmed(text, [])
    least, most, entities = (1, 4096, "entities") if field == "text" else (0, 1024, "caption_entities")
    if not least <= utf16_length(words) <= most:
        raise ValueError(f"Telegram's apps send a {field} of {least}-{most} characters")
    found = found_entities(words, [])
    return ({field: words} if words else {}) | ({entities: found} if found else {})


def _captioned(stored: StoredFile, caption: str | None) -> Json:
    return {stored.kind: stored.as_json()} | _typed(caption or "", "caption")
