"""Every language says everything, with the same arguments, and every text the code asks for is there."""

import ast
import re
from decimal import Decimal
from pathlib import Path

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as fluent
from fluent.syntax.visitor import Visitor

from panel import Meaning
from shop.submission import Waiting
from texts import languages, speak
from texts.speech import LOCALES

ROOT = Path(__file__).parents[2]


class Arguments(Visitor):
    """Collects the arguments of a message."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_VariableReference(self, node: fluent.VariableReference) -> None:  # noqa: N802 - fluent's name
        self.names.add(node.id.name)


def messages(language: str) -> dict[str, set[str]]:
    """The texts of a language with their arguments."""
    found: dict[str, set[str]] = {}
    for path in sorted((LOCALES / language).glob("*.ftl")):
        for entry in FluentParser().parse(path.read_text()).body:
            assert not isinstance(entry, fluent.Junk), f"{path}: {entry.content}"
            if isinstance(entry, fluent.Message):
                assert entry.id.name not in found, f"{entry.id.name} stands twice"
                arguments = Arguments()
                arguments.visit(entry)
                found[entry.id.name] = arguments.names
    return found


@pytest.mark.parametrize("language", languages())
def test_each_language_says_everything_with_the_same_arguments(language: str) -> None:
    assert messages(language) == messages("en")


def asked_for() -> dict[str, list[set[str]]]:
    """The texts the code names outright, with the arguments it gives."""
    calls: dict[str, list[set[str]]] = {}
    for folder in ("handlers", "keyboards", "ways"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Call) or not node.args:
                    continue
                named = ast.unparse(node.func).split(".")
                first = node.args[0]
                if named[0] == "say" and named[-1] in {"say", "label"} and isinstance(first, ast.Constant):
                    given = {keyword.arg for keyword in node.keywords if keyword.arg}
                    calls.setdefault(first.value, []).append(given)
    return calls


def test_the_code_asks_for_texts_that_exist_with_the_arguments_they_take() -> None:
    known = messages("en")
    for key, calls in asked_for().items():
        assert key in known, key
        for given in calls:
            assert given >= known[key], (key, given)


def test_no_text_is_left_that_nobody_asks_for() -> None:
    source = "\n".join(
        path.read_text()
        for folder in ("bot", "handlers", "keyboards", "ways", "shop")
        for path in (ROOT / folder).rglob("*.py")
    )
    built = re.compile(
        r"^(alert|state|ended|entry|refusal|link|orders-filter|settings|command|service|help|terms|paysupport|decide-sure-button"
        r"|return-sure|till|invoice-state|proof-why|reason|period|bonus|codes-ask|pay-way-(ask|field|sure))-"
    )
    for key in messages("en"):
        assert re.search(f"[\"']{key}[\"']", source) or built.match(key), key


def test_keys_that_are_put_together_exist() -> None:
    known = messages("en")
    alerts = {f"alert-paused-{why}" for why in Waiting if why is not Waiting.LINK_BUSY}
    assert alerts <= known.keys()
    shop = "\n".join(path.read_text() for path in (ROOT / "shop").glob("*.py"))
    for about in re.findall(r'policy\.owners,\s*"([\w-]+)"', shop):
        assert f"alert-{about}" in known, about
    assert {f"refusal-{meaning}" for meaning in (Meaning.LINK, Meaning.QUANTITY, Meaning.SERVICE)} <= known.keys()


def test_money_and_counts_are_written_as_the_language_does() -> None:
    english, russian = speak(("en",), "USD"), speak(("ru",), "USD")
    assert english.money(Decimal("1234.5")) == "$1,234.50"
    assert russian.money(Decimal("1234.5")) == "1\u00a0234,50\u00a0$"
    assert english.number(12_345) == "12,345"
    assert english("comments-counted", count=1, price="$1") == "<b>1 comment</b> · $1"
    assert "21 комментарий" in russian("comments-counted", count=21, price="")
    assert "22 комментария" in russian("comments-counted", count=22, price="")
    assert "25 комментариев" in russian("comments-counted", count=25, price="")


def test_outside_words_never_become_markup() -> None:
    say = speak(("en",), "USD")
    assert say("verbatim", text="<b>&") == "&lt;b&gt;&amp;"
    assert say.label("verbatim", text="<b>&") == "<b>&"
    assert not say.knows("no-such-text")


def test_the_language_is_the_first_wish_that_is_known() -> None:
    assert speak((None, "ru-RU"), "USD").language == "ru"
    assert speak(("xx", "ru"), "USD").language == "ru"
    assert speak(("xx",), "USD").language == "en"
    assert speak((), "USD").language == "en"
