"""A sandbox that was stopped goes on later: what was there is there, and nothing is named twice."""

import asyncio
import pickle
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.keeping import Unreadable, load, save
from sandbox.panel import SandboxPanel
from sandbox.telegram import Payment, Person, SandboxTelegram

KEYBOARD = {"inline_keyboard": [[{"text": "Buy", "callback_data": "buy"}]]}
STARS = {
    "title": "Top-up",
    "description": "Wallet",
    "payload": "w1",
    "currency": "XTR",
    "prices": [{"label": "Stars", "amount": 50}],
}


class HandClock:
    """Seconds since some start, moved by hand."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds


async def call(telegram: SandboxTelegram, method: str, **params: Any) -> Any:
    """One call of the bot; the whole envelope."""
    url = f"{telegram.url}/bot{telegram.token}/{method}"
    async with aiohttp.ClientSession() as client, client.post(url, json=params) as reply:
        return await reply.json()


async def buy(telegram: SandboxTelegram, person: Person, **invoice: Any) -> Payment:
    """Pay a new invoice, with the bot's agreement."""
    link = (await call(telegram, "createInvoiceLink", **STARS))["result"]
    paying = asyncio.create_task(person.pay(link))
    await telegram.world.until(lambda: True if _asked(telegram) else None, 5)
    await call(telegram, "answerPreCheckoutQuery", pre_checkout_query_id=_asked(telegram)[-1], ok=True)
    return await paying


def _asked(telegram: SandboxTelegram) -> list[str]:
    return [
        query.id
        for query in telegram.world.queries.values()
        if query.kind == "pre_checkout_query" and not query.answers
    ]


def again(path: Path, **panel: Any) -> tuple[SandboxTelegram, SandboxPanel]:
    """Both as they are in a new process."""
    telegram, other = SandboxTelegram(), SandboxPanel(**panel)
    assert load(path, telegram, other)
    return telegram, other


async def test_chats_and_what_belongs_to_them_are_there_again(tmp_path: Path) -> None:
    path = tmp_path / "sandbox"
    async with SandboxTelegram() as telegram:
        anna, boris = telegram.person(1001, "Anna", language_code="de"), telegram.person(1002, "Boris")
        there = anna.at(telegram.group(-100, "Friends"))
        await there.send("hello")
        await boris.send("/start")
        boris.block()
        question = await anna.send("/start")
        sent = await call(
            telegram,
            "sendMessage",
            chat_id=1001,
            text="<b>Menu</b>",
            parse_mode="HTML",
            reply_markup=KEYBOARD,
            reply_parameters={"message_id": question.message_id},
        )
        await call(telegram, "pinChatMessage", chat_id=1001, message_id=sent["result"]["message_id"])
        await call(telegram, "sendChatAction", chat_id=1001, action="typing")
        await call(
            telegram, "setMyCommands", commands=[{"command": "wallet", "description": "Konto"}], language_code="de"
        )
        uploaded = await anna.upload(b"one\ntwo", "comments.txt")
        paid = await buy(telegram, anna)
        telegram.rate_limits = True
        save(path, telegram, SandboxPanel())

    telegram, _ = again(path)
    async with telegram:
        anna, boris = telegram.person(1001, "Anna"), telegram.person(1002, "Boris")
        menu = await anna.see("Menu")
        assert (menu.html, menu.buttons, menu.mine) == ("<b>Menu</b>", [["Buy"]], False)
        assert menu.raw.reply_to
        assert menu.raw.reply_to.text == "/start"
        assert [view.message_id for view in anna.pinned] == [menu.message_id]
        assert (anna.commands, anna.action, telegram.rate_limits) == (["wallet"], None, True)
        assert [view.text for view in anna.at(telegram.group(-100, "Friends")).messages] == ["hello"]
        blocked = await call(telegram, "sendMessage", chat_id=1002, text="x")
        assert blocked["description"] == "Forbidden: bot was blocked by the user"
        file = await call(telegram, "getFile", file_id=uploaded.raw.content["document"]["file_id"])
        url = f"{telegram.url}/file/bot{telegram.token}/{file['result']['file_path']}"
        async with aiohttp.ClientSession() as client, client.get(url) as reply:
            assert await reply.read() == b"one\ntwo"
        assert (await call(telegram, "getMyStarBalance"))["result"]["amount"] == 50
        refund = {"user_id": 1001, "telegram_payment_charge_id": paid.charge_id}
        assert (await call(telegram, "refundStarPayment", **refund))["ok"]
        edited = await call(telegram, "editMessageText", chat_id=1001, message_id=menu.message_id, text="Changed")
        assert edited["ok"]
        assert (telegram.calls[0].method, telegram.violations) == ("sendMessage", [])


async def test_a_long_conversation_of_replies_is_kept(tmp_path: Path) -> None:
    path, telegram = tmp_path / "sandbox", SandboxTelegram()
    anna = telegram.person(1001, "Anna")
    last = await anna.send("0")
    for number in range(1, 1500):
        last = await anna.send(str(number), reply_to=last)
    save(path, telegram, SandboxPanel())
    newest = again(path)[0].person(1001, "Anna").messages[-1].raw
    assert newest.as_json()["reply_to_message"]["text"] == "1498"
    assert "reply_to_message" not in newest.as_json()["reply_to_message"]


async def test_what_the_bot_was_not_told_yet_reaches_it_after_all(tmp_path: Path) -> None:
    path = tmp_path / "sandbox"
    async with SandboxTelegram() as telegram:
        anna = telegram.person(1001, "Anna")
        await anna.send("/start")
        await call(telegram, "sendMessage", chat_id=1001, text="Menu", reply_markup=KEYBOARD)
        await anna.tap("Buy", wait=False)
        save(path, telegram, SandboxPanel())
    telegram, _ = again(path)
    async with telegram:
        updates = (await call(telegram, "getUpdates"))["result"]
        assert [set(update) - {"update_id"} for update in updates] == [{"message"}, {"callback_query"}]
        query = updates[1]["callback_query"]["id"]
        assert (await call(telegram, "answerCallbackQuery", callback_query_id=query))["ok"]
        assert telegram.unanswered() == []


async def test_nothing_is_named_as_something_else_after_the_last_save(tmp_path: Path) -> None:
    """Also what had no number at the save, and what was sent after a second restore."""
    path = tmp_path / "sandbox"
    names: list[Any] = []

    async def go_on(telegram: SandboxTelegram, panel: SandboxPanel) -> None:
        async with telegram:
            anna = telegram.person(1001, "Anna")
            sent = await anna.upload(b"x")
            paid = await buy(telegram, anna)
            link = (await call(telegram, "createInvoiceLink", **STARS))["result"]
            updates = (await call(telegram, "getUpdates"))["result"]
        panel.perform("add", {"service": "1", "url": "https://instagram.com/nasa", "quantity": "100"})
        names.extend([sent.message_id, sent.raw.content["document"]["file_id"], paid.charge_id, link])
        names.extend([f"update {updates[-1]['update_id']}", *_queries(telegram), f"order {max(panel.orders)}"])

    telegram, panel = SandboxTelegram(), SandboxPanel()
    save(path, telegram, panel)
    await go_on(telegram, panel)
    telegram, panel = again(path)
    save(path, telegram, panel)
    await go_on(telegram, panel)
    await go_on(*again(path))
    assert len(names) == len(set(names)) == 3 * 7


def _queries(telegram: SandboxTelegram) -> list[str]:
    return [f"query {query}" for query in telegram.world.queries]


def test_an_order_goes_on_from_where_it_stood(tmp_path: Path) -> None:
    path, telegram, clock = tmp_path / "sandbox", SandboxTelegram(), HandClock(50_000)
    panel = SandboxPanel(clock=clock, pace=2)
    panel.services[0]["rate"] = "2"
    panel.perform("add", {"service": "1", "url": "https://instagram.com/nasa", "quantity": "1000"})
    clock.seconds += 15
    order = panel.orders["23501"]
    before = order.standing()
    assert before.status == "In progress"
    assert 0 < before.remains < 1000
    panel.shows_flags = False
    save(path, telegram, panel)

    clock = HandClock(3)
    _, panel = again(path, clock=clock, key="another-key")
    order = panel.orders["23501"]
    assert order.standing() == before
    assert (panel.balance, panel.pace, panel.key) == (Decimal(9998), 2, "another-key")
    assert (panel.shows_flags, panel.services[0]["rate"], panel.calls) == (False, "2", [])
    clock.seconds += 60
    assert order.status == "Completed"
    panel.finish("23501", "Canceled")
    assert panel.balance == 10000


def test_there_is_no_file_at_first_and_a_new_one_replaces_it_whole(tmp_path: Path) -> None:
    path = tmp_path / "sandbox"
    assert load(path, SandboxTelegram(), SandboxPanel()) is False
    for balance in (5, 7):
        save(path, SandboxTelegram(), SandboxPanel(balance=Decimal(balance)))
    assert again(path)[1].balance == 7
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("held", [b"", b"no pickle", pickle.dumps({}), pickle.dumps({"format": 0})])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, held: bytes) -> None:
    path = tmp_path / "sandbox"
    path.write_bytes(held)
    with pytest.raises(Unreadable, match=f"{path} holds no sandbox that can be gone on with"):
        load(path, SandboxTelegram(), SandboxPanel())
    assert path.read_bytes() == held


async def test_a_sandbox_in_use_does_not_go_back(tmp_path: Path) -> None:
    path, telegram = tmp_path / "sandbox", SandboxTelegram()
    save(path, telegram, SandboxPanel())
    async with telegram:
        with pytest.raises(RuntimeError, match="before it starts"):
            load(path, telegram, SandboxPanel())
