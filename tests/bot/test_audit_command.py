"""`python -m bot audit` as an owner runs it: a line each, and a status that says whether the books hold."""

import asyncio
import sqlite3
from pathlib import Path

from sandbox.panel import SandboxPanel
from tests.bot.test_commands import KEY, SETTINGS, run

ROW = "INSERT INTO customer (id, name, balance, card_updates, end_messages, created_at, seen_at) VALUES (1001, 'Anna',"


def test_books_that_hold_and_books_that_do_not(tmp_path: Path) -> None:
    assert run(tmp_path, "audit", **SETTINGS).returncode == 1  # no tables yet
    assert run(tmp_path, "migrate", **SETTINGS).returncode == 0
    fine = run(tmp_path, "audit", **SETTINGS)
    assert fine.returncode == 0, fine.stderr
    assert {line.split()[0] for line in fine.stdout.splitlines()[:-1]} == {"ok"}
    assert fine.stdout.splitlines()[-1] == "The books hold."
    with sqlite3.connect(tmp_path / "data" / "store.db") as store:
        store.execute(f"{ROW} 5000000, 1, 1, 0, 0)")
    store.close()
    wrong = run(tmp_path, "audit", **SETTINGS)
    assert wrong.returncode == 1
    assert [line for line in wrong.stdout.splitlines() if line.startswith("FAIL")] == [
        "FAIL  wallet-sum: each wallet is the sum of its entries - broken by customer 1001"
    ]
    assert "Anna" not in wrong.stdout
    assert wrong.stdout.splitlines()[-1] == "The books do NOT hold."


async def test_the_panel_is_asked_when_told_to(tmp_path: Path) -> None:
    async with SandboxPanel(key=KEY) as panel:
        settings = SETTINGS | {"PANEL_API_URL": panel.url}
        await asyncio.to_thread(run, tmp_path, "migrate", **settings)
        asked = await asyncio.to_thread(run, tmp_path, "audit", "--panel", **settings)
    assert asked.returncode == 0
    assert "ok    panel-knows: the panel knows each order we say it has" in asked.stdout
    assert "note  panel: asked about 0 orders; 0 are running" in asked.stdout


def test_a_flag_of_another_command_is_refused(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate", "--panel", **SETTINGS).returncode == 2
