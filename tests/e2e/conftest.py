"""The store as a real process between a sandbox panel and a sandbox Telegram, all over HTTP."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.panel import SandboxPanel
from sandbox.telegram import SandboxTelegram
from tests.e2e.forked import StoreProcess

ROOT = Path(__file__).parents[2]
TOKEN = "42:SANDBOX-token"
PANEL_KEY = "sandbox-panel-key"
OWNER, ANNA, BORIS = 900, 1001, 1002


def free_port() -> int:
    """A port nobody listens on just now."""
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
async def panel() -> AsyncIterator[SandboxPanel]:
    async with SandboxPanel(key=PANEL_KEY) as sandbox:
        yield sandbox


@pytest.fixture
async def telegram() -> AsyncIterator[SandboxTelegram]:
    sandbox = SandboxTelegram(token=TOKEN)
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
def environment(panel: SandboxPanel, telegram: SandboxTelegram, database_url: str) -> dict[str, str]:
    """The settings of a store between the two."""
    return {
        "PATH": os.environ["PATH"],
        "BOT_TOKEN": TOKEN,
        "PANEL_API_KEY": PANEL_KEY,
        "PANEL_API_URL": panel.url,
        "TELEGRAM_API_URL": telegram.url,
        "DATABASE_URL": database_url,
        "ADMIN_IDS": str(OWNER),
        "STATUS_POLL_SECONDS": "0.2",
        "PANEL_CALLS_PER_SECOND": "200",
        "NOTICES_PER_SECOND": "200",
        "PANEL_TIMEOUT_SECONDS": "2",
        "HOST": "127.0.0.1",
        "PORT": str(free_port()),
        "LOG_LEVEL": "INFO",
    }


@pytest.fixture
async def process(environment: dict[str, str], tmp_path: Path) -> AsyncIterator[StoreProcess]:
    store = StoreProcess(environment, tmp_path / "store.log")
    yield store
    await store.kill()


@pytest.fixture
async def store(process: StoreProcess, telegram: SandboxTelegram) -> AsyncIterator[StoreProcess]:
    """A running store; at the end, Telegram has nothing to complain of and no secret stands in the log."""
    await process.start()
    await process.ready()
    yield process
    assert telegram.violations == []
    assert telegram.unanswered() == []
    logged = process.log.read_text()
    assert TOKEN not in logged
    assert PANEL_KEY not in logged
    assert "Traceback" not in logged, logged


@pytest.fixture
async def anna(store: StoreProcess, telegram: SandboxTelegram) -> Any:
    """A customer with 100.00 who has opened the shop."""
    person = telegram.person(ANNA, first_name="Anna", username="anna", language_code="en")
    owner = telegram.person(OWNER, first_name="Olga", language_code="en")
    await person.send("/start")
    await person.see("Welcome")
    await owner.send(f"/credit {ANNA} 100 welcome")
    await person.see("was put into your wallet")
    return person
