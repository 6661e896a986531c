"""What a customer reads of an order: the card, what is offered beside it, and answers to taps about it."""

import ast
import re
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, User
from fluent.syntax import FluentParser
from fluent.syntax import ast as fluent

from db.tables import Order, OrderState
from handlers import order_card, orders
from keyboards import orders as keys
from keyboards.callbacks import OnOrder, OpenOrders
from panel import Meaning, PanelRefused
from shop.orders import Can, Filter, OrderList
from shop.pauses import Waiting
from texts import languages, speak

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 1, 14, 5, tzinfo=UTC)
SAY = speak(("en",), "USD")
MINE = ("orders", "wallet", "settings", "help", "admin", "notices")


@pytest.fixture(scope="module", autouse=True)
def _texts_are_read() -> None:
    """Read every language first: fluent.runtime's loader leaves its files to the collector, which warns."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        for language in languages():
            speak((language,), "USD").knows("in no language")


def order(**changes: Any) -> Order:
    values: dict[str, Any] = {
        "id": 1048, "customer_id": 1001, "draft_id": 1, "chat_id": 1001, "card_message_id": 7, "service_id": "31",
        "service_name": "Instagram Followers [Real & Active] <HQ>", "kind": "default",
        "link": "https://instagram.com/nasa", "quantity": 1000, "total": 1000, "comments": [],
        "rate": Decimal("1.2"), "cost": Decimal("1.2"), "price": Decimal("1.61"), "refunded": Decimal(0),
        "state": OrderState.PLACED, "panel_order_id": "23501", "panel_status": "In progress",
        "start_count": 3572, "remains": 400, "looked_at": NOW, "changed_at": NOW,
    }  # fmt: skip
    return Order(**(values | changes))


def queued(waiting_for: str | None = None) -> Order:
    return order(
        state=OrderState.QUEUED, waiting_for=waiting_for, panel_order_id=None, panel_status=None,
        start_count=None, remains=None, looked_at=None,
    )  # fmt: skip


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words = ""

    def handle_data(self, data: str) -> None:
        self.words += data


def read(html: str) -> str:
    """The text as Telegram counts and shows it."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.words


def labels(keyboard: InlineKeyboardMarkup) -> list[str]:
    return [button.text for row in keyboard.inline_keyboard for button in row]


def test_a_running_order_tells_how_far_it_is_in_our_words_and_the_panels() -> None:
    text = read(order_card.card(SAY, order()))
    for words in (
        "Order 1048 · in progress", "Instagram Followers [Real & Active] <HQ>, No. 31", "instagram.com/nasa",
        "▰▰▰▰▰▰▱▱▱▱ 600 of 1,000", "Start 3,572", "left 400", "paid $1.61", "Updated 14:05 UTC", "panel: In progress",
    ):  # fmt: skip
        assert words in text


@pytest.mark.parametrize(("remains", "full"), [(1000, 0), (999, 0), (500, 5), (1, 9), (0, 10), (-5, 10), (5000, 0)])
def test_the_bar_is_full_only_when_all_is_delivered(remains: int, full: int) -> None:
    text = order_card.card(SAY, order(remains=remains))
    assert (text.count("▰"), text.count("▱")) == (full, 10 - full)


def test_a_drip_feed_shows_its_plan() -> None:
    text = order_card.card(SAY, order(quantity=100, runs=10, interval=60))
    assert "100 × 10 runs, every 60 min" in text


def test_an_order_of_comments_counts_them() -> None:
    assert "2 comments" in order_card.card(SAY, order(kind="custom_comments", comments=["a", "b"], total=2, remains=1))


def test_a_package_of_unknown_size_pretends_no_count() -> None:
    text = order_card.card(SAY, order(kind="package", quantity=None, total=1, remains=400))
    assert "▱" not in text
    assert " of 1" not in text


@pytest.mark.parametrize("why", [Waiting.FUNDS, Waiting.KEY, Waiting.PANEL])
@pytest.mark.parametrize("language", languages())
def test_a_waiting_order_is_not_lost_and_the_owners_troubles_stay_the_owners(why: Waiting, language: str) -> None:
    say = speak((language,), "USD")
    text = read(order_card.card(say, queued(why)))
    assert text == read(order_card.card(say, queued(Waiting.PANEL)))
    assert not re.search(r"balance|funds|key\b|баланс|деньг|ключ", text.lower())
    if language == "en":
        assert "waits in line and is not lost" in text


def test_a_busy_link_is_explained_and_the_order_can_be_taken_back() -> None:
    waiting = queued(Waiting.LINK_BUSY)
    assert "Another order" in order_card.card(SAY, waiting)
    offered = order_card.screen(SAY, waiting).keyboard
    assert offered is not None
    assert any("Cancel" in label for label in labels(offered))


def test_an_unconfirmed_order_is_being_checked_and_charged_once() -> None:
    text = order_card.card(SAY, order(state=OrderState.UNCONFIRMED, panel_order_id=None, panel_status=None))
    assert "being checked" in text
    assert "will not be charged twice" in text


@pytest.mark.parametrize("meaning", [*Meaning, None])
@pytest.mark.parametrize("language", languages())
def test_a_refusal_says_why_in_both_our_words_and_the_panels(meaning: Meaning | None, language: str) -> None:
    refused = order(
        state=OrderState.REJECTED, problem="Bad <link> & more", problem_meaning=meaning, panel_status=None,
        panel_order_id=None, refunded=Decimal("1.61"),
    )  # fmt: skip
    text = order_card.card(speak((language,), "USD"), refused)
    assert "Bad &lt;link&gt; &amp; more" in text
    assert "refusal" not in text
    assert "1.61" in read(text).replace(",", ".")


def test_a_refusal_without_words_quotes_none() -> None:
    text = order_card.refusal(SAY, order(state=OrderState.REJECTED, problem="", problem_meaning="link"))
    assert "link" in text
    assert "panel says" not in text.lower()


LONG = {
    "words": "Followers <b>&amp; " * 400,
    "emoji": "👨‍👩‍👧‍👦🏳️‍🌈" * 800,
    "marks": "Z" + "\u0335\u0321" * 4000,
    "joined": "👩\u200d" * 3000,
    "one": "x" * 9000,
}


@pytest.mark.parametrize("long", LONG.values(), ids=LONG)
@pytest.mark.parametrize(("state", "language"), list(product(OrderState, languages())))
def test_a_card_always_fits_a_message(long: str, state: OrderState, language: str) -> None:
    huge = order(
        state=state, service_name=long, link="https://x.com/" + long[:2034], panel_status=long, problem=long,
        problem_meaning="link", waiting_for="link_busy", total=2147483647, remains=2147483647, start_count=10**15,
        refunded=Decimal("1.61"), runs=1000, interval=10080,
    )  # fmt: skip
    text = order_card.card(speak((language,), "USD"), huge)
    assert 0 < len(read(text).encode("utf-16-le")) // 2 <= 4096


def test_what_is_not_possible_is_not_offered() -> None:
    nothing = Can(refresh=False, refill=False, cancel=False, withdraw=False)
    every = Can(refresh=True, refill=True, cancel=True, withdraw=True)
    few, many = labels(keys.order_menu(SAY, queued(), nothing)), labels(keys.order_menu(SAY, order(), every))
    assert {"📋 1048", "‹ Back"} <= set(few)
    assert not any("refill" in label or "cancel" in label.lower() or "Refresh" in label for label in few)
    assert any("refill" in label for label in many)
    assert sum("cancel" in label.lower() for label in many) == 2
    assert any("23501" in label for label in many)


def test_the_list_tells_each_order_apart_and_how_far_it_is() -> None:
    found = OrderList([order(), order(id=1047, state=OrderState.COMPLETED, remains=0)], 0, 1, 2)
    shown = labels(keys.order_list(SAY, found, Filter.RUNNING))
    assert any("1048" in label and "600 of 1,000" in label for label in shown)
    assert any("1047" in label for label in shown)
    assert [label for label in shown if "•" in label or "●" in label] == [f"{SAY.label('orders-filter-running')} •"]


def test_an_empty_list_leads_to_the_catalogue() -> None:
    shown = keys.order_list(SAY, OrderList([], 0, 1, 0), Filter.ALL)
    assert SAY.label("button-catalogue") in labels(shown)


@pytest.mark.parametrize(
    ("kind", "data"),
    [(OpenOrders, "os:everything:0"), (OnOrder, f"o:{2**63}:o:0"), (OnOrder, "o:-1:o:0"), (OnOrder, "o:1:?:0")],
)
async def test_a_forged_button_is_nobodys(kind: type[OpenOrders] | type[OnOrder], data: str) -> None:
    query = CallbackQuery(id="1", from_user=User(id=1, is_bot=False, first_name="E"), chat_instance="1", data=data)
    assert not await kind.filter()(query)  # so it falls through to the answer for stale buttons


REASON = "Order is not eligible for refill: it can be asked for 24 hours after completion, within 30 days of it."


@pytest.mark.parametrize(
    ("refused", "told"),
    [
        (PanelRefused(Meaning.ACTION, "Refill already requested"), "Refill already requested"),
        (PanelRefused(Meaning.ACTION, REASON), REASON),
        (PanelRefused(Meaning.ORDER_ID, "Incorrect order ID"), "Incorrect order ID"),
        (PanelRefused(Meaning.KEY, "Invalid API key"), "not answering"),
        (PanelRefused(Meaning.THROTTLE, "Too many requests"), "not answering"),
        (PanelRefused(Meaning.ACTION, "🙂" * 300), "🙂"),
    ],
)
def test_the_panels_refusal_is_told_unless_it_is_the_shops_own_trouble(refused: PanelRefused, told: str) -> None:
    answer = orders.refusal_words(SAY, refused)
    assert told in answer
    assert len(answer.encode("utf-16-le")) // 2 <= 200
    if told == "not answering":
        assert refused.text not in answer


# --- texts ----------------------------------------------------------------------------------------


def _entries(language: str, files: tuple[str, ...] | None = None) -> dict[str, set[str]]:
    """The texts of a language, each with the arguments it names."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / "locales" / language).glob("*.ftl")):
        if files is not None and path.stem not in files:
            continue
        for entry in FluentParser().parse(path.read_text()).body:
            assert not isinstance(entry, fluent.Junk), f"{path}: {entry.content}"
            if isinstance(entry, fluent.Message):
                found[entry.id.name] = set(_arguments(entry))
    return found


def _arguments(node: Any) -> Iterator[str]:
    if isinstance(node, fluent.VariableReference):
        yield node.id.name
    elif isinstance(node, fluent.BaseNode):
        for value in vars(node).values():
            for part in value if isinstance(value, list) else [value]:
                yield from _arguments(part)


def _calls() -> Iterator[tuple[str, str, set[str]]]:
    """Every text the after-ordering screens ask for by a written-out name: where, name, arguments."""
    modules = ("order_card", "orders", "wallet", "settings", "notices", "guide", "admin/credit")
    paths = [ROOT / "handlers" / f"{name}.py" for name in modules]
    paths += [ROOT / "keyboards" / f"{name}.py" for name in ("orders", "wallet", "settings")]
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = (
                node.func.value if isinstance(node.func, ast.Attribute) and node.func.attr == "label" else node.func
            )
            key = node.args[0]
            if isinstance(called, ast.Name) and called.id == "say" and isinstance(key, ast.Constant):
                yield path.name, str(key.value), {given.arg for given in node.keywords if given.arg}


@pytest.mark.parametrize("language", languages())
def test_every_text_that_is_asked_for_exists_with_these_arguments(language: str) -> None:
    texts = _entries(language)
    asked = list(_calls())
    assert len(asked) > 40
    for where, key, given in asked:
        assert key in texts, f"{where}: {language} has no {key}"
        assert texts[key] <= given, f"{where}: {key} needs {texts[key] - given}"


def test_every_language_says_the_same_things_with_the_same_facts() -> None:
    english = _entries("en", MINE)
    for language in languages():
        assert _entries(language, MINE) == english
