"""The store as a process of its own, forked from one that has imported it (tests/e2e/forking.py)."""

import asyncio
import atexit
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]


class Launcher:
    """The process that has imported the store; ends with everything it started."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.forking"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def start(self, order: dict[str, object]) -> int:
        """Start a store; return its process id."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()


@cache
def launcher() -> Launcher:
    """The launcher of this test process, started when it is first asked for."""
    forks = Launcher()
    atexit.register(forks.close)
    return forks


class StoreProcess:
    """`python -m bot <command>` as a process of its own; it can be told to die at a step.

    `patience` shortens waits of the store: {"shop.submission.LEASE": 8} (seconds).
    """

    def __init__(
        self,
        environment: dict[str, str],
        log: Path,
        command: str = "run",
        patience: Mapping[str, float] | None = None,
    ) -> None:
        self.environment = environment
        self.log = log
        self.command = command
        self._patience = dict(patience or {})
        self._trap = log.with_suffix(".trap")
        self._exit = log.with_suffix(".exit")
        self._pid: int | None = None

    def change(self, **settings: str) -> None:
        """Change settings; they count from the next start."""
        self.environment = {**self.environment, **settings}

    async def start(self, command: str | None = None) -> None:
        """Start it, from now on with another `command` if one is given, unless it runs already."""
        if self.alive:
            return
        self.command = command or self.command
        self._exit.unlink(missing_ok=True)
        order = {
            "command": self.command,
            "environment": self.environment,
            "log": str(self.log),
            "patience": self._patience,
            "trap": str(self._trap),
            "exit": str(self._exit),
        }
        self._pid = launcher().start(order)

    async def ready(self) -> None:
        """Wait until it serves and has a catalogue; for a store with a PORT."""
        url = f"http://127.0.0.1:{self.environment['PORT']}/metrics"
        async with httpx.AsyncClient() as client:
            for _ in range(600):
                assert self.alive, self.log.read_text()
                with suppress(httpx.HTTPError):
                    found = re.search(r"^store_services_on_sale (\S+)", (await client.get(url)).text, re.MULTILINE)
                    if found and float(found[1]) > 0:
                        return
                await asyncio.sleep(0.05)
        raise AssertionError(self.log.read_text())

    async def _gone(self, timeout: float) -> None:
        async with asyncio.timeout(timeout):
            while self.alive:  # noqa: ASYNC110 - a process that is not this one's child sets no event
                await asyncio.sleep(0.01)
        self._pid = None

    @property
    def alive(self) -> bool:
        if self._pid is None:
            return False
        try:
            os.kill(self._pid, 0)
        except ProcessLookupError:
            return False
        return True

    def die_at(self, step: str) -> None:
        """Kill it at its next passing of the step."""
        waiting = self._trap.with_suffix(".new")
        waiting.write_text(step)
        waiting.rename(self._trap)

    async def dies(self, timeout: float = 20) -> None:
        """Wait until it has died at the step it was told to."""
        try:
            await self._gone(timeout)
        except TimeoutError:
            raise AssertionError(f"the step was not passed\n{self.log.read_text()}") from None
        assert not self._trap.exists(), f"it died, but not at the step\n{self.log.read_text()}"

    async def kill(self) -> None:
        """kill -9."""
        await self.end(signal.SIGKILL)

    async def stop(self, seconds: float = 10) -> int:
        """Ask it to end and wait that long; return its exit status."""
        await self.end(signal.SIGTERM, seconds)
        return int(self._exit.read_text())

    async def end(self, how: signal.Signals = signal.SIGTERM, timeout: float = 20) -> None:
        """Send the signal and wait until the process is gone."""
        if self._pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self._pid, how)
            await self._gone(timeout)
