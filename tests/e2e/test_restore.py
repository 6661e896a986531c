"""A backup of an hour ago is brought back: it does not go to work by itself, and sends nothing a second time."""

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from sandbox.panel import SandboxPanel
from tests.e2e.conftest import ROOT, StoreProcess
from tests.e2e.test_bad_days import order


class Backups:
    """Copies of the store's database, as its owner would make them."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url = url
        self._copy = folder / "copy.db"
        self.name = f"{url.rsplit('/', 1)[1]}_copy"

    async def make(self) -> None:
        if self._url.startswith("sqlite"):
            with sqlite3.connect(self._url.removeprefix("sqlite:///")) as source, sqlite3.connect(self._copy) as copy:
                source.backup(copy)
            source.close()
            copy.close()
            return
        server = await asyncpg.connect(f"{self._url.rsplit('/', 1)[0]}/postgres")
        await self.drop()
        async with asyncio.timeout(30):
            while not await self._copied(server):  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(0.2)
        await server.close()

    async def _copied(self, server: Any) -> bool:
        """Copy it; what a killed store left open at the server ends a little later."""
        with suppress(asyncpg.ObjectInUseError):
            await server.execute(f"CREATE DATABASE {self.name} TEMPLATE {self._url.rsplit('/', 1)[1]}")
            return True
        return False

    def bring_back(self) -> str:
        """Return the address of the database as it was."""
        if self._url.startswith("sqlite"):
            kept = Path(self._url.removeprefix("sqlite:///"))
            for suffix in ("", "-wal", "-shm"):
                Path(f"{kept}{suffix}").unlink(missing_ok=True)
            self._copy.rename(kept)
            return self._url
        return f"{self._url.rsplit('/', 1)[0]}/{self.name}"

    def leave_mark_behind(self) -> None:
        """As on another machine, where only the copy is."""
        if self._url.startswith("sqlite"):
            Path(f"{self._url.removeprefix('sqlite:///')}.mark").unlink()

    async def drop(self) -> None:
        if not self._url.startswith("sqlite"):
            server = await asyncpg.connect(f"{self._url.rsplit('/', 1)[0]}/postgres")
            await server.execute(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")
            await server.close()


@pytest.fixture
async def backups(database_url: str, tmp_path: Path) -> AsyncIterator[Backups]:
    made = Backups(database_url, tmp_path)
    yield made
    await made.drop()


async def command(environment: dict[str, str], *words: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *words, cwd=ROOT, env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def test_an_order_that_went_out_since_the_backup_is_not_sent_again(
    anna: Any, panel: SandboxPanel, process: StoreProcess, environment: dict[str, str], backups: Backups
) -> None:
    port = int(panel.url.split(":")[2].split("/")[0])
    await panel.stop()
    await order(anna)
    await anna.see("your order waits in line and is not lost")
    await process.stop()
    await backups.make()
    await panel.start(port)
    await process.start()
    await anna.see("Order 1 · in progress", timeout=20)
    await process.stop()
    assert len(panel.orders) == 1
    told = sum("was put into your wallet" in view.text for view in anna.messages)

    environment |= {"DATABASE_URL": backups.bring_back()}
    process.environment = environment
    status, said = await command(environment, "run")
    assert status == 1
    assert "python -m bot restored" in said
    assert len(said.splitlines()) == 1
    status, said = await command(environment, "restored")
    assert (status, said.splitlines()[0]) == (0, "1 orders are being checked now: 1")
    restarted = StoreProcess(environment, process.log)
    await restarted.start()
    await restarted.ready()
    await anna.see("being checked")
    await asyncio.sleep(2)
    await restarted.stop()
    assert len(panel.orders) == 1
    assert sum("was put into your wallet" in view.text for view in anna.messages) == told
    status, said = await command(environment, "audit")
    assert (status, said.splitlines()[-1]) == (0, "The books hold.")


async def test_a_store_that_only_moved_goes_on_where_it_stood(
    anna: Any, panel: SandboxPanel, process: StoreProcess, environment: dict[str, str], backups: Backups
) -> None:
    port = int(panel.url.split(":")[2].split("/")[0])
    await panel.stop()
    await order(anna)
    await anna.see("your order waits in line and is not lost")
    await process.stop()
    await backups.make()
    environment |= {"DATABASE_URL": backups.bring_back()}
    backups.leave_mark_behind()
    assert (await command(environment, "run"))[0] == 1
    assert (await command(environment, "restored", "--moved"))[0] == 0
    await panel.start(port)
    moved = StoreProcess(environment, process.log)
    await moved.start()
    await anna.see("Order 1 · in progress", timeout=20)
    await moved.stop()
    assert len(panel.orders) == 1
