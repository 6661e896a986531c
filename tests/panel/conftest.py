"""A panel that answers what the test says, behind the real client."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
import stamina

from panel import PanelClient

KEY = "8f14e45fceea167a5a36dedd4bea2543"
URL = "https://panel.test/api/v2"


class ScriptedPanel:
    """Gives its answers one after another, the last one for ever, and keeps the form of each call.

    An answer is a JSON value, the bytes of a body, a response, an error to raise, or a function of the form.
    """

    def __init__(self, answers: tuple[Any, ...], status: int, options: dict[str, Any]) -> None:
        self.calls: list[dict[str, str]] = []
        self._answers = list(answers)
        self._status = status
        self.client = PanelClient(
            options.pop("url", URL),
            options.pop("key", KEY),
            transport=httpx.MockTransport(self._answer),
            **({"calls_per_second": 1000} | options),
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(dict(parse_qsl(request.content.decode(), keep_blank_values=True)))
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if callable(answer):
            answer = answer(self.calls[-1])
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return answer
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return httpx.Response(self._status, content=body, headers={"Content-Type": "text/html"})


Answering = Callable[..., ScriptedPanel]


@pytest.fixture
async def answering() -> AsyncIterator[Answering]:
    """Make a scripted panel: `answering({"order": 1}).client`; options go to the client."""
    made: list[ScriptedPanel] = []

    def make(*answers: Any, status: int = 200, **options: Any) -> ScriptedPanel:
        made.append(ScriptedPanel(answers, status, options))
        return made[-1]

    yield make
    for panel in made:
        await panel.client.aclose()


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    """Reads are repeated as often as configured, without the waits between."""
    with stamina.set_testing(True, attempts=100, cap=True):
        yield
