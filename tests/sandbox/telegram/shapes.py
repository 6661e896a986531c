"""Holds what the sandbox Telegram says against the Bot API's own description, down to the last field."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from sandbox.telegram import SandboxTelegram

BOT_API = Path(__file__).parents[3].parent / "shared" / "data" / "botapi.json"
_SIMPLE = {"Integer": int, "Float": (int, float), "String": str, "Boolean": bool}
_CONSTANT = re.compile(r"(?:[Aa]lways|must be) (?:['“\"](\w+)['”\"]|(\w+))(?=$|[.,])")


@cache
def described() -> dict[str, Any] | None:
    """The description; None where it is not at hand."""
    if not BOT_API.exists():
        return None
    known: dict[str, Any] = json.loads(BOT_API.read_text(encoding="utf-8"))
    return known


def mistakes_of(telegram: SandboxTelegram) -> list[str]:
    """Everything in the results and updates of this Telegram that is not as the Bot API describes it."""
    bot_api = described()
    if bot_api is None:
        return []
    found = []
    for call in telegram.calls:
        if call.error is None:
            # An edit answers True for an inline message, the message otherwise.
            returned = bot_api["methods"][call.method]["returns"]
            types = [returned, "True"] if "inline_message_id" in call.params else [returned]
            found += mistakes(call.method, json.loads(json.dumps(call.result)), types)
    for update in telegram.world.updates.sent.values():
        found += mistakes("update", json.loads(json.dumps(update)), ["Update"])
    return found


def mistakes(where: str, value: Any, types: list[str]) -> list[str]:
    """What is wrong with a value that should be of one of the types; that of the type it is nearest to."""
    return min((_mistakes(where, value, kind) for kind in types), key=len)


def _mistakes(where: str, value: Any, kind: str) -> list[str]:
    if kind.startswith("Array of "):
        if not isinstance(value, list):
            return [f"{where} is no array"]
        inner = [kind.removeprefix("Array of ")]
        return [wrong for at, item in enumerate(value) for wrong in mistakes(f"{where}[{at}]", item, inner)]
    if kind == "True":
        return [] if value is True else [f"{where} is not True"]
    if expected := _SIMPLE.get(kind):
        right = isinstance(value, expected) and isinstance(value, bool) == (kind == "Boolean")
        return [] if right else [f"{where} is no {kind}: {value!r}"]
    bot_api = described()
    assert bot_api
    told = bot_api["types"][kind]
    if not isinstance(value, dict):
        return [f"{where} is no {kind}: {value!r}"]
    if told.get("subtypes"):
        return mistakes(where, value, told["subtypes"])
    fields = {field["name"]: field for field in told["fields"]}
    wrong = [f"{where}: {kind} has no field {name}" for name in value if name not in fields]
    wrong += [
        f"{where}: {kind} lacks {name}" for name, field in fields.items() if field["required"] and name not in value
    ]
    for name, item in value.items():
        if field := fields.get(name):
            constant = _CONSTANT.search(field["description"])
            if constant and str(item) not in constant.groups():
                # Counted double, so that the type it says it is seems the nearest.
                wrong += [f"{where}.{name} of {kind} is {item!r}"] * 2
            wrong += mistakes(f"{where}.{name}", item, field["types"])
    return wrong
