"""One address before several web processes, as a load balancer is: each connection goes to the next that is there."""

import asyncio
from contextlib import suppress
from itertools import cycle
from typing import Self


class Proxy:
    """Passes connections on to `ports` of 127.0.0.1 in turn; one that is down is passed over."""

    def __init__(self, ports: list[int]) -> None:
        self.port = 0
        self._next = cycle(ports)
        self._count = len(ports)
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for port in (next(self._next) for _ in range(self._count)):
            try:
                there, back = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                continue
            await asyncio.gather(_pour(reader, back), _pour(there, writer))
            return
        writer.close()


async def _pour(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
    sink.close()
