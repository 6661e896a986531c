"""Customers are known from their first word; their orders are listed, asked about, and nobody else's."""

import asyncio
from datetime import timedelta

import pytest

from db.tables import OrderState
from panel import PanelRefused
from shop import customers, drafts, facts, orders
from shop.catalogue import read_listing
from shop.customers import Person
from shop.drafts import Step
from shop.errors import DraftGone, NotPossible
from shop.links import LinkProblem
from shop.names import page_labels
from shop.orders import Filter
from shop.submission import submit_next
from shop.tracking import look_round
from tests.shop.conftest import ANNA, NOW, POLICY, ScriptedPanel, Shop


async def test_a_person_becomes_one_customer_however_many_first_messages_come(shop: Shop) -> None:
    boris = Person(2002, "Boris", "boris", "ru")

    async def come(name: str) -> None:
        async with shop.db.begin() as session:
            await customers.welcome(session, Person(boris.id, name, boris.username, boris.language), NOW)

    await asyncio.gather(*(come("Boris") for _ in range(5)))
    async with shop.db.read() as session:
        known = await customers.find(session, boris.id)
        assert await customers.find(session, 4711) is None
    assert known is not None
    assert customers.is_current(known, boris, NOW)
    assert not customers.is_current(known, boris, NOW + timedelta(hours=1))
    assert not customers.is_current(known, Person(boris.id, "Boris B.", "boris", "ru"), NOW)
    async with shop.db.begin() as session:
        await customers.mark_blocked(session, boris.id)
        await customers.choose_language(session, boris.id, "en")
        changed = await customers.switch_notices(session, boris.id, card_updates=False)
        assert (changed.card_updates, changed.end_messages) == (False, True)
        changed = await customers.switch_notices(session, boris.id, end_messages=False)
    async with shop.db.read() as session:
        known = await session.get_one(type(known), boris.id)
    assert (known.language, known.blocked_at is not None, known.end_messages) == ("en", True, False)
    await come("Boris")
    async with shop.db.read() as session:
        known = await session.get_one(type(known), boris.id)
    assert known.blocked_at is None


async def test_who_wants_no_messages_gets_none_but_hears_of_money(shop: Shop, panel: ScriptedPanel) -> None:
    async with shop.db.begin() as session:
        await customers.switch_notices(session, ANNA, card_updates=False, end_messages=False)
    before = len(await shop.notices(ANNA))
    for number, word, remains in ((1, "Completed", 0), (2, "Partial", 500)):
        await shop.order(1000)
        panel.replies["add"] = {"order": number}
        await submit_next(shop.db, panel.client, POLICY, lambda: NOW)
        panel.replies["status"] = {str(number): {"status": word, "remains": remains, "charge": "0.6"}}
        await look_round(shop.db, panel.client, POLICY, lambda: NOW + timedelta(seconds=31), lambda: 1.0)
    told = [notice.content for notice in (await shop.notices(ANNA))[before:] if notice.kind == "ended"]
    assert [content["state"] for content in told] == ["partial"]  # money came back: that is always said


async def test_orders_are_listed_and_asked_about(shop: Shop, panel: ScriptedPanel) -> None:
    made = [await shop.order(100) for _ in range(10)]
    panel.replies["add"] = {"order": 501}
    await submit_next(shop.db, panel.client, POLICY, lambda: NOW)
    async with shop.db.read() as session:
        first = await orders.list_orders(session, ANNA)
        last = await orders.list_orders(session, ANNA, page=9)
        running = await orders.list_orders(session, ANNA, Filter.RUNNING)
        ended = await orders.list_orders(session, ANNA, Filter.ENDED)
        nobody = await orders.list_orders(session, 2002)
        can = await orders.what_can_be_asked(session, await shop.get(made[0]))
        cannot = await orders.what_can_be_asked(session, await shop.get(made[1]))
    assert [order.id for order in first.orders] == [order.id for order in reversed(made)][:8]
    assert (first.pages, last.page, len(last.orders), nobody.count) == (2, 1, 2, 0)
    assert (running.count, ended.count) == (10, 0)
    assert (can.refresh, can.cancel, can.refill, can.withdraw) == (True, True, False, False)
    assert (cannot.refresh, cannot.cancel, cannot.refill, cannot.withdraw) == (False, False, False, True)
    panel.replies["cancel"] = {"error": "Order cannot be canceled"}
    with pytest.raises(PanelRefused):
        await orders.ask_cancel(shop.db, panel.client, made[0].id, ANNA, NOW)
    panel.replies["cancel"] = {"status": "Success", "message": "Your order was successfully marked for cancellation."}
    asked, words = await orders.ask_cancel(shop.db, panel.client, made[0].id, ANNA, NOW)
    assert (asked.state, asked.cancel_asked_at) == (OrderState.PLACED, NOW)  # asked for is not done
    assert "marked for cancellation" in words
    for ask in (orders.ask_cancel, orders.ask_refill):
        with pytest.raises(NotPossible):
            await ask(shop.db, panel.client, made[0].id, ANNA, NOW)
    panel.replies["status"] = {"501": {"status": "Completed", "remains": 0, "charge": "0.12345"}}
    await look_round(shop.db, panel.client, POLICY, lambda: NOW + timedelta(seconds=31), lambda: 1.0)
    panel.replies["refill"] = {"status": "Success", "message": "Your order successfully added for refill."}
    asked, _ = await orders.ask_refill(shop.db, panel.client, made[0].id, ANNA, NOW)
    assert asked.refill_asked_at == NOW


async def test_a_foreign_link_waits_to_be_insisted_on(shop: Shop) -> None:
    async with shop.db.begin() as session:
        listing = await read_listing(session, "31", POLICY.markup_percent)
        draft = await drafts.start(session, ANNA, listing, NOW)
        with pytest.raises(DraftGone):
            await drafts.insist_on_link(session, draft.id, ANNA)
        for text, kept in (("https://tiktok.com/@x", True), ("nonsense words", False)):
            with pytest.raises(LinkProblem) as problem:
                await drafts.give_link(session, draft.id, ANNA, text, listing)
            assert await drafts.keep_foreign_link(session, draft.id, ANNA, text, listing, problem.value) is kept
            if kept:
                draft = await drafts.insist_on_link(session, draft.id, ANNA)
                assert draft.link == "https://tiktok.com/@x"
                assert drafts.next_step(draft, listing) is Step.QUANTITY


async def test_facts_are_written_once_and_again(shop: Shop) -> None:
    for value in ({"a": 1}, None, "text"):  # None forgets it
        async with shop.db.begin() as session:
            await facts.write(session, "fact", value)
        async with shop.db.read() as session:
            assert await facts.read(session, "fact", "default") == ("default" if value is None else value)


def test_names_that_cannot_be_told_apart_are_numbered() -> None:
    names = [f"{'same ' * 20}{letter * 30} {'same ' * 20}end" for letter in "ab"] + ["x y", "x  y"]
    labels = page_labels(names, category="", limit=8)
    assert len(set(labels)) == 3
    twins = page_labels(["aaaaaaaaaaaaaaaaaaaab1", "aaaaaaaaaaaaaaaaaaaab2"], category="", limit=9)
    assert twins == ["aaaa… (1)", "aaaa… (2)"]
