"""Connections that really fail, on loopback: what each proves about an `add`, and that reads outlive them."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest

from panel import Accepted, AddRequest, Balance, NotSent, PanelClient, PanelUnavailable, Unknown

from .conftest import KEY

REQUEST = AddRequest("1", "@nasa", 1)
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def answer(body: bytes, *, length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (size, body)


async def read_form(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
    return await reader.readexactly(int(length.split(b":")[1]))


def reset(writer: asyncio.StreamWriter) -> None:
    """Close so that the other side sees a reset and no orderly end."""
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@asynccontextmanager
async def listening(serve: Serve) -> AsyncIterator[str]:
    """A server that does with each connection as it is told; its address comes out."""
    serving: set[asyncio.Task[None]] = set()

    async def run(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        try:
            await serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            serving.discard(task)
            writer.close()

    server = await asyncio.start_server(run, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/api/v2"
    finally:
        server.close()
        for task in serving:
            task.cancel()
        await server.wait_closed()


async def add_once(serve: Serve, *, scheme: str = "http", timeout: float = 30) -> tuple[object, int]:
    """The outcome of one `add` at such a server, and how many connections it took."""
    connections = 0

    async def counting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await serve(reader, writer)

    async with listening(counting) as url, PanelClient(url.replace("http", scheme, 1), KEY, timeout=timeout) as panel:
        return await panel.add(REQUEST), connections


async def test_an_order_over_a_real_connection() -> None:
    heads, forms = [], []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        forms.append(await reader.readuntil(b"quantity=1"))
        writer.write(answer(b'\xef\xbb\xbf{"order": 23501}'))
        await writer.drain()

    assert await add_once(serve) == (Accepted("23501"), 1)
    assert heads[0].startswith(b"POST /api/v2 HTTP/1.1\r\n")
    assert b"\r\ncontent-type: application/x-www-form-urlencoded\r\n" in heads[0].lower()
    assert forms == [f"key={KEY}&action=add&service=1&url=%40nasa&quantity=1".encode()]


async def test_nobody_listens() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound and not listening: refused, and taken by nobody else
        async with PanelClient(f"http://127.0.0.1:{closed.getsockname()[1]}/", KEY) as panel:
            assert isinstance(await panel.add(REQUEST), NotSent)


@pytest.mark.parametrize("words", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b""], ids=["speaks none", "is silent"])
async def test_tls_with_something_that_speaks_none(words: bytes) -> None:
    got = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.extend(await reader.read(1))
        writer.write(words)
        await writer.drain()
        got.extend(await reader.read())

    outcome, _ = await add_once(serve, scheme="https", timeout=1)
    assert isinstance(outcome, NotSent)
    assert got  # a greeting arrived, and nothing else did
    assert KEY.encode() not in got


async def silent_after_taking(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_form(reader)
    await reader.read()


async def silent_before_reading(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def reset_after_taking(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_form(reader)
    reset(writer)


async def reset_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    reset(writer)


async def closed_without_a_word(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_form(reader)


async def broken_off_in_the_middle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_form(reader)
    writer.write(answer(b'{"order": 5}', length=500))
    await writer.drain()


async def never_ends(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_form(reader)
    writer.write(answer(b"", length=10**9))
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.01)


async def no_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_form(reader)
    writer.write(b"220 mail.test ESMTP\r\n")
    await writer.drain()


@pytest.mark.parametrize(
    "serve",
    [
        silent_after_taking,
        silent_before_reading,
        reset_after_taking,
        reset_at_once,
        closed_without_a_word,
        broken_off_in_the_middle,
        never_ends,
        no_http,
    ],
)
async def test_once_connected_a_fault_proves_nothing(serve: Serve) -> None:
    outcome, connections = await add_once(serve, timeout=1)
    assert isinstance(outcome, Unknown)
    assert connections == 1


async def test_an_endless_body_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("panel.client.LARGEST_BODY_BYTES", 100_000)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_form(reader)
        writer.write(b'HTTP/1.1 200 OK\r\n\r\n{"order": 5')
        while True:
            writer.write(b" " * 10_000)
            await writer.drain()

    outcome, _ = await add_once(serve, timeout=60)
    assert isinstance(outcome, Unknown)


async def test_a_cancelled_add_raises_and_frees_its_place() -> None:
    taken = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_form(reader)
        if taken.is_set():
            writer.write(answer(b'{"order": 6}'))
            await writer.drain()
        else:
            taken.set()
            await reader.read()

    async with listening(serve) as url, PanelClient(url, KEY, concurrency=1, queue_timeout=5) as panel:
        adding = asyncio.ensure_future(panel.add(REQUEST))
        await taken.wait()
        adding.cancel()
        with pytest.raises(asyncio.CancelledError):
            await adding
        assert await panel.add(REQUEST) == Accepted("6")


async def test_a_kept_connection_that_the_panel_closed_is_not_used_for_an_order() -> None:
    connections = 0
    closed = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await read_form(reader)
        writer.write(answer(b'{"order": 5, "balance": 1}'))
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        closed.set()

    async with listening(serve) as url, PanelClient(url, KEY) as panel:
        assert await panel.balance() == Balance(Decimal(1), "USD")
        await closed.wait()
        assert await panel.add(REQUEST) == Accepted("5")
    assert connections == 2


async def test_a_read_outlives_a_reset_and_a_silence() -> None:
    faults = [reset_after_taking, silent_after_taking, broken_off_in_the_middle]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if faults:
            await faults.pop(0)(reader, writer)
            return
        await read_form(reader)
        writer.write(answer(b'{"balance": "0.10", "currency": "USD"}'))
        await writer.drain()

    async with listening(serve) as url, PanelClient(url, KEY, timeout=1) as panel:
        assert await panel.balance() == Balance(Decimal("0.10"), "USD")
    assert faults == []


async def test_a_read_that_nobody_answers_is_unavailable() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        async with PanelClient(f"http://127.0.0.1:{closed.getsockname()[1]}/", KEY) as panel:
            with pytest.raises(PanelUnavailable):
                await panel.services()
