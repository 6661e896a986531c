"""docs/panel-client.md is true: its example runs, and it names every argument, call and meaning there is."""

import asyncio
import inspect
import os
import re
import sys
from pathlib import Path

import pytest

from panel import Meaning, PanelClient

from .test_connections import answer, listening, read_form

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs" / "panel-client.md").read_text(encoding="utf-8")

SERVICES = b'[{"service": 31, "name": "Followers", "type": "Default", "rate": "0.90", "min": "50", "max": "100"}]'
STATUS = b'{"charge": "0.045", "start_count": "7", "status": "Pending", "remains": "50", "currency": "USD"}'


@pytest.mark.parametrize(
    ("added", "says"),
    [
        (b'{"order": 23501}', "order 23501 is Pending and cost 0.045 USD"),
        (b'{"error": "Bad link"}', "the panel said no: link Bad link"),
        (b"<html>", "do not send it again before you know: HTTP 200: a page of HTML"),
    ],
)
async def test_the_example_runs(added: bytes, says: str) -> None:
    replies = {
        b"balance": b'{"balance": "5", "currency": "USD"}',
        b"services": SERVICES,
        b"add": added,
        b"status": STATUS,
    }

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            action = re.search(rb"action=(\w+)", await read_form(reader))
            assert action is not None
            writer.write(answer(replies[action[1]]))
            await writer.drain()

    example = re.search(r"```python\n(.*?)```", DOCS, re.DOTALL)
    assert example is not None
    async with listening(serve) as url:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            example[1],
            cwd=ROOT,
            env=os.environ | {"PANEL_API_URL": url, "PANEL_API_KEY": "a-key"},
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate()
    assert process.returncode == 0
    assert "the panel holds 5 USD" in out.decode()
    assert says in out.decode()


def test_every_argument_call_and_meaning_is_named() -> None:
    arguments = set(inspect.signature(PanelClient).parameters) - {"url", "key"}
    calls = {name for name, _ in inspect.getmembers(PanelClient, inspect.isfunction) if not name.startswith("_")}
    documented = set(re.findall(r"`(\w+)", DOCS))
    assert arguments <= documented
    assert calls - {"aclose"} <= documented
    assert {meaning.name for meaning in Meaning} <= documented
