"""A program run beside the sandbox: started, stopped and killed at a word; what it prints is kept in a file."""

import asyncio
import signal
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from pathlib import Path

_LAST_BYTES = 4096


class Program:
    """One command with its environment; at most one process of it runs at a time."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path) -> None:
        """`folder` is where it runs; what it prints is appended to `log`."""
        self.log = log
        self._command = command
        self._environment = dict(environment)
        self._folder = folder
        self._process: Process | None = None
        self.starts = 0

    @property
    def alive(self) -> bool:
        """Whether it runs just now."""
        return self._process is not None and self._process.returncode is None

    async def start(self, command: Sequence[str] | None = None) -> None:
        """Start it, from now on with another `command` if one is given, unless it runs already."""
        if self.alive:
            return
        self._command = command or self._command
        self.starts += 1
        with self.log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, cwd=self._folder, env=self._environment, stdout=output, stderr=output
            )

    async def kill(self) -> None:
        """kill -9."""
        await self._end(signal.SIGKILL, 10)

    async def stop(self, seconds: float = 10) -> int:
        """Ask it to end, wait that long, then kill it; return the exit status, 0 for what did not run."""
        return await self._end(signal.SIGTERM, seconds)

    async def ended(self) -> int:
        """Wait until it ends by itself; return the exit status."""
        return await self._process.wait() if self._process else 0

    async def _end(self, how: signal.Signals, seconds: float) -> int:
        process = self._process
        if process is None:
            return 0
        if process.returncode is None:
            process.send_signal(how)
        try:
            return await asyncio.wait_for(process.wait(), seconds)
        except TimeoutError:
            process.kill()
            return await process.wait()

    def last_line(self) -> str:
        """Return the last line it printed, or nothing."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as printed:
            printed.seek(0, 2)
            printed.seek(max(printed.tell() - _LAST_BYTES, 0))
            lines = printed.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""
