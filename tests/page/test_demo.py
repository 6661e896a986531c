"""The demo as a process at the terminal: one address, a taken port, Ctrl-C, and going on another day."""

import asyncio
import os
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.page.browser import CUSTOMER, ROOT, Demo, running_demo


class Line:
    """The page's WebSocket, for what needs no browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def everything(self) -> dict[str, Any]:
        news: dict[str, Any] = await self.socket.receive_json(timeout=10)
        assert news["type"] == "all"
        return news

    async def ask(self, **act: Any) -> Any:
        await self.socket.send_json({"id": 1, **act})
        while True:
            news = await self.socket.receive_json(timeout=30)
            if news["type"] == "done":
                assert news["ok"], news
                return news["result"]

    async def hear(self, words: str) -> None:
        while words not in str(await self.socket.receive_json(timeout=30)):
            pass


async def texts(demo: Demo, person: int) -> list[str]:
    async with aiohttp.ClientSession() as client, client.ws_connect(f"{demo.address}/live") as socket:
        people = (await Line(socket).everything())["people"]
    return [message["text"] for each in people if each["id"] == person for message in each["messages"]]


def children_of(demo: Demo) -> list[int]:
    process = demo.process.pid
    return [int(number) for number in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


async def test_it_says_one_address_and_ends_whole_at_ctrl_c() -> None:
    async with running_demo("--port", "0") as demo:
        assert len(demo.said) == 1
        assert any("$25.00" in text for text in await texts(demo, CUSTOMER))
        children = children_of(demo)
        assert len(children) == 1
        assert await demo.interrupt() == 0
        with pytest.raises(ProcessLookupError):
            os.kill(children[0], 0)
        assert demo.process.stdout is not None
        assert await demo.process.stdout.read() == b""


async def test_a_taken_port_is_said_and_the_next_one_taken() -> None:
    taken = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    async with taken, running_demo("--port", str(port)) as demo:
        assert demo.said[0] == f"Port {port} is taken; trying {port + 1}."
        assert demo.address != f"http://127.0.0.1:{port}"


async def test_what_is_kept_goes_on_another_day(tmp_path: Path) -> None:
    keep = ("--port", "0", "--pace", "0", "--keep", str(tmp_path))
    async with (
        running_demo(*keep) as demo,
        aiohttp.ClientSession() as client,
        client.ws_connect(f"{demo.address}/live") as socket,
    ):
        line = Line(socket)
        await line.everything()
        for text, seen in (("/order 1", "Send the link"), ("@nasa", "How many"), ("1000", "Please check")):
            await line.ask(do="send", person=CUSTOMER, text=text)
            await line.hear(seen)
    async with running_demo(*keep) as demo, aiohttp.ClientSession() as client:
        chat = await texts(demo, CUSTOMER)
        assert any("Please check" in text for text in chat)
        assert sum("was put into your wallet" in text for text in chat) == 1  # she is not greeted again
        async with client.ws_connect(f"{demo.address}/live") as socket:
            line = Line(socket)
            people = (await line.everything())["people"]
            messages = next(each["messages"] for each in people if each["id"] == CUSTOMER)
            card = next(each for each in messages if "Please check" in each["text"])
            button = next(each for row in card["rows"] for each in row if each["text"].startswith("✅"))
            await line.ask(do="tap", person=CUSTOMER, message=card["id"], data=button["value"])
            await line.hear("Order 1 · in progress")
    with sqlite3.connect(tmp_path / "store.db") as books:
        assert books.execute("SELECT count(*) FROM customer_order").fetchone() == (1,)


async def test_a_real_shops_settings_play_no_part(tmp_path: Path) -> None:
    """A `.env` beside the checkout, or a variable of the shell, must not let the demo touch a real shop."""
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{tmp_path / 'real.db'}", "REDIS_URL": "redis://127.0.0.1:1"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", "--port", "0", cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE
    )
    demo = Demo(process)
    await demo.opened()
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 20) == 0
    assert not (tmp_path / "real.db").exists()


async def test_a_kept_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "sandbox.kept").write_bytes(b"nonsense")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", "--keep", str(tmp_path), cwd=ROOT, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    assert process.returncode == 1
    assert said.decode().count("\n") == 1
    assert f"{tmp_path / 'sandbox.kept'} holds no sandbox" in said.decode()
