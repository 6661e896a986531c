"""The server's table of methods and objects against the Bot API's own description, where that is at hand."""

from typing import Any

import pytest
from shapes import BOT_API, described

from sandbox.telegram.contract import METHODS, OBJECTS, Field
from sandbox.telegram.methods import HANDLERS
from sandbox.telegram.updates import KINDS


@pytest.fixture(scope="module")
def bot_api() -> dict[str, Any]:
    known = described()
    if known is None:
        pytest.skip(f"the Bot API's description is not at {BOT_API}")
    return known


def in_their_words(types: tuple[str, ...]) -> set[str]:
    words = set()
    for word in types:
        depth = word.count("[]")
        words.add("Array of " * depth + word.removesuffix("[]" * depth))
    return words


def compare(where: str, ours: dict[str, Field], theirs: list[dict[str, Any]]) -> list[str]:
    told = {field["name"]: field for field in theirs}
    wrong = []
    for name, field in ours.items():
        if name not in told:
            wrong.append(f"{where}.{name} does not exist")
            continue
        if not in_their_words(field.types) <= set(told[name]["types"]):
            wrong.append(f"{where}.{name} is {told[name]['types']}")
        if field.required != told[name]["required"]:
            wrong.append(f"{where}.{name}: required is {told[name]['required']}")
    wrong += [f"{where}.{name} is required" for name, field in told.items() if field["required"] and name not in ours]
    return wrong


def test_every_method_of_the_table_is_carried_out() -> None:
    assert set(METHODS) == set(HANDLERS)


def test_methods_are_those_of_the_bot_api(bot_api: dict[str, Any]) -> None:
    wrong = []
    for name, method in METHODS.items():
        told = bot_api["methods"][name]
        wrong += compare(name, method.fields, told["fields"])
        if told["returns"] != method.returns:
            wrong.append(f"{name} returns {told['returns']}")
    assert wrong == []


def test_objects_are_those_of_the_bot_api(bot_api: dict[str, Any]) -> None:
    wrong = []
    for name, fields in OBJECTS.items():
        wrong += compare(name, fields, bot_api["types"][name]["fields"])
    assert wrong == []


def test_updates_are_those_of_the_bot_api(bot_api: dict[str, Any]) -> None:
    fields = {field["name"] for field in bot_api["types"]["Update"]["fields"]}
    assert fields - {"update_id"} == KINDS
