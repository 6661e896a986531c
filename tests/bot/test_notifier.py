"""The outbox, sent by a real bot whose requests are recorded and answered by script."""

import json
import warnings
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.base import BaseSession
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import EditMessageCaption, EditMessageText, SendMessage, SendPhoto, TelegramMethod
from sqlmodel import col, select

from bot.notifier import Notifier
from bot.pace import OwnPace
from db.engine import UNAVAILABLE, Database
from db.tables import Category, Customer, Draft, Invoice, Notice, NoticeKind, Order, OrderState, Proof, Service
from shop import by_hand, notices, payments, wallet
from shop.catalogue import CatalogueMemory
from shop.policy import Policy
from shop.till import Till
from texts import languages, speak

ANNA, BORIS, OWNER = 1001, 1002, 900
CARD = 77  # the message that is the live card
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

Reply = tuple[int, dict[str, Any] | str]
Script = Callable[[TelegramMethod[Any]], Reply | Exception | None]


def refusal(status: int, description: str, **parameters: int) -> Reply:
    """An error reply of the Bot API."""
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    return status, body | ({"parameters": parameters} if parameters else {})


BLOCKED = refusal(403, "Forbidden: bot was blocked by the user")


@pytest.fixture(scope="module", autouse=True)
def _texts_are_read() -> None:
    """Read every language first: fluent.runtime's loader leaves its files to the collector, which warns."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        for language in languages():
            speak((language,), "USD").knows("in no language")


class Telegram(BaseSession):
    """Takes every request down and answers it: by the test's script, or with success."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[TelegramMethod[Any]] = []
        self.script: Script = lambda _: None
        self.last_id = 500

    async def make_request(self, bot: Bot, method: TelegramMethod[Any], timeout: int | None = None) -> Any:
        self.calls.append(method)
        answer = self.script(method)
        if isinstance(answer, Exception):
            raise answer
        status, body = answer or self._success(method)
        content = body if isinstance(body, str) else json.dumps(body)
        return self.check_response(bot=bot, method=method, status_code=status, content=content).result

    def _success(self, method: TelegramMethod[Any]) -> Reply:
        if isinstance(method, EditMessageText | EditMessageCaption):
            message_id = method.message_id
        else:
            self.last_id += 1
            message_id = self.last_id
        chat = {"id": getattr(method, "chat_id", 0), "type": "private"}
        return 200, {"ok": True, "result": {"message_id": message_id, "date": 0, "chat": chat, "text": "…"}}

    async def close(self) -> None:
        pass

    async def stream_content(self, *_: Any, **__: Any) -> AsyncGenerator[bytes, None]:
        raise NotImplementedError
        yield b""

    @property
    def sent(self) -> list[SendMessage]:
        return [call for call in self.calls if isinstance(call, SendMessage)]

    @property
    def edits(self) -> list[EditMessageText]:
        return [call for call in self.calls if isinstance(call, EditMessageText)]

    def texts(self, chat: int) -> list[str]:
        return [call.text for call in self.sent if call.chat_id == chat]


class Outbox:
    """The notifier over a database with two customers, and the wall clock in the test's hand."""

    def __init__(self, db: Database, telegram: Telegram, bot: Bot) -> None:
        self.db = db
        self.telegram = telegram
        self.bot = bot
        self.now = START
        # The pace of one chat would be waited out for real.
        self.notifier = Notifier(
            db, bot, CatalogueMemory(Decimal(30)), Policy(), overall=OwnPace(1000, 100), in_chat=OwnPace(1000, 1000)
        )

    async def send(self, rounds: int = 1) -> int:
        return sum([await self.notifier.round(self.now) for _ in range(rounds)])

    async def order(self, customer: int = ANNA, **changes: Any) -> Order:
        async with self.db.begin() as session:
            draft = Draft(customer_id=customer, service_id="31")
            session.add(draft)
            await session.flush()
            values: dict[str, Any] = {
                "state": OrderState.PLACED,
                "card_message_id": CARD,
                "panel_order_id": f"p{draft.id}",
                "remains": 400,
            }
            order = Order(
                customer_id=customer, draft_id=draft.id, chat_id=customer, service_id="31",
                service_name="Instagram Followers", kind="default", link="https://instagram.com/nasa",
                quantity=1000, total=1000, rate=Decimal("1.2"), cost=Decimal("1.2"), price=Decimal("1.61"),
                **(values | changes),
            )  # fmt: skip
            session.add(order)
            return order

    async def card(self, order: Order) -> None:
        async with self.db.begin() as session:
            await notices.show_card(session, await session.get_one(Order, order.id), START)

    async def ended(self, order: Order, refund: str = "0") -> None:
        async with self.db.begin() as session:
            await notices.tell_end(session, await session.get_one(Order, order.id), Decimal(refund), START)

    async def alert(self, owner: int = OWNER, about: str = "paused-funds", **facts: Any) -> None:
        async with self.db.begin() as session:
            notices.alert(session, [owner], about, now=START, **facts)

    async def proof(self) -> Proof:
        """Anna shows a picture of a payment by hand."""
        async with self.db.begin() as session:
            session.add(Customer(id=OWNER, name="Olga", telegram_language="en"))
            invoice: Invoice = await payments.open_invoice(
                session, ANNA, by_hand.HAND, Decimal(10), units=Decimal(5), unit="EUR", lifetime=by_hand.LIFETIME,
                till=Till(),
            )  # fmt: skip
            picture = by_hand.File("photo", "AgAC", "AQAD")
            await by_hand.take_proof(session, invoice.id, ANNA, [OWNER], file=picture, now=START)
        return (await self.rows(Proof))[0]

    async def refuse(self, proof: Proof) -> None:
        async with self.db.begin() as session:
            await by_hand.refuse(session, proof.id, OWNER, [OWNER], "no", START)

    async def rows(self, table: Any) -> list[Any]:
        async with self.db.read() as session:
            return list((await session.exec(select(table).order_by(col(table.id)))).all())

    async def all(self) -> list[Notice]:
        async with self.db.read() as session:
            return list((await session.exec(select(Notice).order_by(col(Notice.id)))).all())

    async def open(self) -> list[Notice]:
        return [notice for notice in await self.all() if notice.done_at is None]

    async def customer(self, customer: int = ANNA) -> Customer:
        async with self.db.read() as session:
            return await session.get_one(Customer, customer)


@pytest.fixture
async def outbox(database: Database) -> AsyncIterator[Outbox]:
    telegram = Telegram()
    bot = Bot("42:TEST", session=telegram, default=DefaultBotProperties(parse_mode="HTML"))
    async with database.begin() as session:
        session.add_all([Customer(id=ANNA, telegram_language="en"), Customer(id=BORIS, telegram_language="ru")])
        category = Category(name="Followers")
        session.add(category)
        await session.flush()
        session.add(Service(id="31", category_id=category.id, name="Instagram Followers", type="Default"))
    yield Outbox(database, telegram, bot)
    await bot.session.close()


async def test_a_change_edits_the_live_card_and_sends_nothing_new(outbox: Outbox) -> None:
    await outbox.card(await outbox.order())
    assert await outbox.send() == 1
    [edit] = outbox.telegram.edits
    assert (edit.chat_id, edit.message_id) == (ANNA, CARD)
    assert "600 of 1,000" in edit.text
    assert outbox.telegram.sent == []
    assert await outbox.send() == 0


async def test_the_end_is_a_new_message_with_sound_after_the_card(outbox: Outbox) -> None:
    order = await outbox.order(state=OrderState.PARTIAL, remains=157, refunded=Decimal("0.25"))
    await outbox.ended(order, "0.25")
    assert await outbox.send(rounds=2) == 2
    edit, message = outbox.telegram.calls
    assert isinstance(edit, EditMessageText)
    assert isinstance(message, SendMessage)
    assert not message.disable_notification
    assert "843 of 1,000" in message.text
    assert "$0.25 is back in your wallet" in message.text
    assert message.reply_markup is not None


async def test_each_is_spoken_to_in_their_language(outbox: Outbox) -> None:
    await outbox.ended(await outbox.order(BORIS, state=OrderState.COMPLETED, remains=0, card_message_id=None))
    await outbox.send(rounds=2)
    assert any("выполнен" in text for text in outbox.telegram.texts(BORIS))


async def test_an_unchanged_card_is_no_failure(outbox: Outbox) -> None:
    outbox.telegram.script = lambda _: refusal(400, "Bad Request: message is not modified: specified new message …")
    await outbox.card(await outbox.order())
    await outbox.send()
    [notice] = await outbox.all()
    assert notice.done_at is not None
    assert notice.failure is None


@pytest.mark.parametrize("gone", ["message to edit not found", "message can't be edited"])
async def test_a_card_that_is_gone_is_sent_anew_once_and_silently(outbox: Outbox, gone: str) -> None:
    outbox.telegram.script = lambda call: (
        refusal(400, f"Bad Request: {gone}") if isinstance(call, EditMessageText) and call.message_id == CARD else None
    )
    order = await outbox.order()
    await outbox.card(order)
    await outbox.send()
    [card] = outbox.telegram.sent
    assert card.disable_notification
    await outbox.card(order)
    await outbox.send()
    assert len(outbox.telegram.sent) == 1
    assert outbox.telegram.edits[-1].message_id == outbox.telegram.last_id


async def test_a_card_sent_before_a_crash_is_edited_after_it(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    await outbox.card(await outbox.order(card_message_id=None))

    async def crash(*_: Any, **__: Any) -> None:
        raise ConnectionError("the database went away")

    with monkeypatch.context() as patch:
        patch.setattr(notices, "done", crash)
        with pytest.raises(UNAVAILABLE):
            await outbox.send()
    outbox.now += notices.LEASE + timedelta(seconds=1)
    await outbox.send()
    assert len(outbox.telegram.sent) == 1
    assert [edit.message_id for edit in outbox.telegram.edits] == [outbox.telegram.last_id]
    assert await outbox.open() == []


async def test_who_blocked_the_bot_is_left_alone_and_stops_nobody_else(outbox: Outbox) -> None:
    outbox.telegram.script = lambda call: BLOCKED if getattr(call, "chat_id", 0) == ANNA else None
    await outbox.ended(await outbox.order(state=OrderState.COMPLETED))
    await outbox.ended(await outbox.order(BORIS, state=OrderState.COMPLETED))
    await outbox.send(rounds=3)
    assert (await outbox.customer()).blocked_at is not None
    assert await outbox.open() == []
    assert len(outbox.telegram.texts(BORIS)) == 1
    assert len([call for call in outbox.telegram.calls if getattr(call, "chat_id", 0) == ANNA]) == 1


async def test_a_chat_that_never_began_is_given_up(outbox: Outbox) -> None:
    outbox.telegram.script = lambda _: refusal(400, "Bad Request: chat not found")
    await outbox.alert(about="resumed")
    await outbox.alert(about="resumed")
    await outbox.send(rounds=2)
    assert await outbox.open() == []
    assert len(outbox.telegram.calls) == 1


async def test_a_wait_that_telegram_asks_for_is_waited_out_by_that_chat_alone(outbox: Outbox) -> None:
    flood = refusal(429, "Too Many Requests: retry after 30", retry_after=30)
    outbox.telegram.script = lambda call: flood if getattr(call, "chat_id", 0) == ANNA else None
    before = datetime.now(UTC)
    await outbox.card(await outbox.order())
    await outbox.card(await outbox.order(BORIS))
    await outbox.send(rounds=2)
    [waiting] = await outbox.open()
    assert waiting.chat_id == ANNA
    assert waiting.due_at >= before + timedelta(seconds=30)
    outbox.telegram.script = lambda _: None
    outbox.now = waiting.due_at
    assert await outbox.send() == 1
    assert await outbox.open() == []


async def test_while_a_chat_rests_no_process_sends_it_anything(outbox: Outbox) -> None:
    outbox.telegram.script = lambda _: refusal(429, "Too Many Requests: retry after 30", retry_after=30)
    await outbox.ended(await outbox.order(state=OrderState.COMPLETED))
    await outbox.send()
    outbox.telegram.script = lambda _: None
    outbox.telegram.calls.clear()
    await outbox.ended(await outbox.order(state=OrderState.COMPLETED, card_message_id=CARD + 1))
    await outbox.alert(ANNA, about="resumed")
    [resting, *later] = await outbox.open()
    outbox.now = resting.due_at - timedelta(seconds=1)
    assert all(notice.due_at < outbox.now for notice in later)
    other = Outbox(outbox.db, outbox.telegram, outbox.bot)
    other.now = outbox.now
    assert await outbox.send(rounds=2) == await other.send(rounds=2) == 0
    other.now = resting.due_at
    await other.send(rounds=len(later) + 1)
    assert await outbox.open() == []


async def test_what_waits_too_long_for_its_turn_is_sent_by_a_later_round(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    await outbox.card(await outbox.order())
    monkeypatch.setattr("bot.notifier.LONGEST_WAIT_SECONDS", 0.05)
    slow = OwnPace(0.001, 1)
    await slow.take()
    brisk = outbox.notifier
    outbox.notifier = Notifier(
        outbox.db, outbox.bot, CatalogueMemory(Decimal(30)), Policy(), overall=slow, in_chat=slow
    )
    await outbox.send()
    assert outbox.telegram.calls == []
    [waiting] = await outbox.open()
    assert (waiting.lease_until, waiting.attempts) == (None, 0)
    outbox.notifier, outbox.now = brisk, waiting.due_at
    await outbox.send()
    assert await outbox.open() == []


@pytest.mark.parametrize(
    "trouble",
    [
        lambda call: TelegramNetworkError(method=call, message="connection reset"),
        lambda _: refusal(502, "Bad Gateway"),
        lambda _: (502, "<html>502 Bad Gateway</html>"),
        lambda _: refusal(401, "Unauthorized"),
    ],
    ids=["network", "5xx", "html", "token"],
)
async def test_an_outage_of_any_length_loses_nothing(outbox: Outbox, trouble: Script) -> None:
    outbox.telegram.script = trouble
    await outbox.ended(await outbox.order(state=OrderState.COMPLETED))
    for _ in range(3 * notices.MOST_ATTEMPTS):
        await outbox.send()
        waiting = await outbox.open()
        assert len(waiting) == 2
        outbox.now = max(outbox.now, waiting[0].due_at)
    outbox.telegram.script = lambda _: None
    outbox.telegram.calls.clear()
    await outbox.send(rounds=2)
    assert len(outbox.telegram.edits) == len(outbox.telegram.sent) == 1
    assert await outbox.open() == []


async def test_a_message_telegram_refuses_holds_up_neither_its_chat_nor_its_owner(outbox: Outbox) -> None:
    await outbox.alert(about="resumed")
    await outbox.alert(about="paused-key", text="Invalid API key")
    outbox.telegram.script = lambda call: (
        refusal(400, "Bad Request: can't parse entities") if "again" in getattr(call, "text", "") else None
    )
    await outbox.send(rounds=2)
    refused, sent = await outbox.all()
    assert "can't parse entities" in (refused.failure or "")
    assert sent.failure is None
    assert await outbox.open() == []


async def test_a_notice_nobody_can_read_holds_up_no_other_chat(outbox: Outbox) -> None:
    order = await outbox.order()
    async with outbox.db.begin() as session:
        notices.enqueue(session, ANNA, NoticeKind.ENDED, order_id=order.id, content={"state": "?"}, now=START)
    await outbox.card(await outbox.order(BORIS))
    await outbox.send()
    assert [edit.chat_id for edit in outbox.telegram.edits] == [BORIS]
    for _ in range(notices.MOST_ATTEMPTS):
        if waiting := await outbox.open():
            outbox.now = max(outbox.now + notices.LEASE + timedelta(seconds=1), waiting[0].due_at)
            await outbox.send()
    assert await outbox.open() == []  # given up in the end, so that the chat hears the next


async def test_a_chat_hears_things_in_the_order_they_happened(outbox: Outbox) -> None:
    for about in ("paused-panel", "resumed"):
        await outbox.alert(about=about, text="timeout")
    await outbox.send(rounds=2)
    first, second = outbox.telegram.texts(OWNER)
    assert "does not take orders" in first
    assert "takes orders again" in second


async def test_money_put_in_tells_the_balance_and_leads_back_to_the_order_that_waited(outbox: Outbox) -> None:
    async with outbox.db.begin() as session:
        session.add(Draft(customer_id=ANNA, service_id="31", token="t", price=Decimal(2)))
        await wallet.credit(session, ANNA, Decimal(5), key="credit:1", actor_id=OWNER, note="<b>card</b>", now=START)
    await outbox.send()
    [message] = outbox.telegram.sent
    assert "$5.00" in message.text
    assert "&lt;b&gt;card&lt;/b&gt;" in message.text
    buttons = message.reply_markup.inline_keyboard if message.reply_markup else []  # type: ignore[union-attr]  # inline here
    assert [button.text[0] for row in buttons for button in row] == ["▶"]


@pytest.mark.parametrize(
    ("about", "facts"),
    [
        ("paused-funds", {"text": "Not enough funds"}),
        ("paused-key", {"text": "Invalid API key"}),
        ("paused-panel", {"text": "timeout"}),
        ("resumed", {}),
        ("unconfirmed", {"order": 1048, "text": "no answer"}),
        ("rejected", {"order": 1048, "service": "31", "text": "Disabled <service> ID"}),
        ("refund-unclear", {"order": 1048, "text": "Partial"}),
        ("charge-differs", {"order": 1048, "charge": "0.5", "cost": "0.1"}),
    ],
)
async def test_every_alert_tells_its_facts(outbox: Outbox, about: str, facts: dict[str, Any]) -> None:
    await outbox.alert(about=about, **facts)
    await outbox.alert(BORIS, about, **facts)
    await outbox.send()
    english, russian = sorted(outbox.telegram.sent, key=lambda call: int(call.chat_id) == BORIS)
    assert english.text != russian.text
    for message in (english, russian):
        assert f"alert-{about}" not in message.text
        assert "{" not in message.text
        for fact in facts.values():
            assert str(fact).replace("<", "&lt;").replace(">", "&gt;") in message.text


async def test_a_picture_comes_with_its_card_and_the_decision_is_written_below_it(outbox: Outbox) -> None:
    proof = await outbox.proof()
    await outbox.send()
    [card] = outbox.telegram.calls
    assert isinstance(card, SendPhoto)
    assert (card.photo, card.disable_notification) == ("AgAC", None)
    await outbox.refuse(proof)
    await outbox.send(rounds=2)
    [edit] = [call for call in outbox.telegram.calls if isinstance(call, EditMessageCaption)]
    assert edit.message_id == (await outbox.rows(Proof))[0].cards[str(OWNER)]
    assert "refused. no" in (edit.caption or "")
    assert edit.reply_markup is None
    [told] = outbox.telegram.texts(ANNA)
    assert "did not find your payment" in told


async def test_a_picture_telegram_does_not_know_any_more_leaves_the_words(outbox: Outbox) -> None:
    wrong = refusal(400, "Bad Request: wrong file identifier/HTTP URL specified")
    outbox.telegram.script = lambda call: wrong if isinstance(call, SendPhoto) else None
    await outbox.proof()
    await outbox.send()
    [text] = outbox.telegram.texts(OWNER)
    assert "5 EUR for $10.00" in text
    assert await outbox.open() == []


@pytest.mark.parametrize("when", ["before it was sent", "after the owner deleted it"])
async def test_nobody_is_sent_a_card_that_was_decided(outbox: Outbox, when: str) -> None:
    proof = await outbox.proof()
    if when == "after the owner deleted it":
        await outbox.send()
        gone = refusal(400, "Bad Request: message to edit not found")
        outbox.telegram.script = lambda call: gone if isinstance(call, EditMessageCaption) else None
    sent = len([call for call in outbox.telegram.calls if isinstance(call, SendPhoto)])
    await outbox.refuse(proof)
    await outbox.send(rounds=3)
    assert len([call for call in outbox.telegram.calls if isinstance(call, SendPhoto)]) == sent
    assert [notice.failure for notice in await outbox.all()] == [None] * 3
    assert await outbox.open() == []
