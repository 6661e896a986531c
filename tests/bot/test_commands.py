"""The commands as an owner runs them: what a start that goes wrong looks like on the terminal."""

import asyncio
import logging
import os
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import structlog

from bot import __main__ as commands
from sandbox.panel import SandboxPanel
from sandbox.telegram import SandboxTelegram

ROOT = Path(__file__).parents[2]
TOKEN = "42:tokentokentoken"
KEY = "panelkeypanelkey"
SETTINGS = {"BOT_TOKEN": TOKEN, "PANEL_API_KEY": KEY}


def run(folder: Path, *command: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder of its own, and see that no secret and no traceback shows."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)} | settings
    done = subprocess.run(
        [sys.executable, "-m", "bot", *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    for shown in (done.stdout, done.stderr):
        assert "Traceback" not in shown, shown
        for secret in (TOKEN, KEY, "hushword"):
            assert secret not in shown
    return done


def test_a_start_without_settings_ends_with_one_line(tmp_path: Path) -> None:
    done = run(tmp_path, "run")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "BOT_TOKEN is missing: set it to the token from @BotFather, like 123456:ABC-DEF, in the environment or in .env"
    ]


def test_a_file_of_settings_is_read_and_a_wrong_one_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"BOT_TOKEN={TOKEN}\nPANEL_API_KEY={KEY}\nMARKUP_PERCENT=hushword\n")
    done = run(tmp_path, "migrate")
    assert done.returncode == 2
    assert done.stderr.startswith("MARKUP_PERCENT is wrong")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["run", "web", "worker", "migrate"])
def test_a_database_that_is_away_ends_the_start_with_one_line(tmp_path: Path, command: str) -> None:
    done = run(tmp_path, command, **SETTINGS, DATABASE_URL="postgres://u:hushword@127.0.0.1:1/store")
    assert done.returncode == 1
    assert done.stderr.startswith("DATABASE_URL: the database cannot be used (")
    assert len(done.stderr.splitlines()) == 1


def test_a_database_file_that_cannot_be_made_ends_the_start_with_one_line(tmp_path: Path) -> None:
    done = run(tmp_path, "web", **SETTINGS, DATABASE_URL="sqlite:////proc/nowhere/store.db")
    assert done.returncode == 1
    assert done.stderr.startswith("DATABASE_URL: ")
    assert len(done.stderr.splitlines()) == 1


def test_web_and_worker_refuse_an_old_schema_until_migrate_ran(tmp_path: Path) -> None:
    for command in ("web", "worker"):
        done = run(tmp_path, command, **SETTINGS)
        assert done.returncode == 1
        assert "python -m bot migrate" in done.stderr
        assert len(done.stderr.splitlines()) == 1
    for _ in range(2):
        assert run(tmp_path, "migrate", **SETTINGS).returncode == 0
    with sqlite3.connect(tmp_path / "data" / "store.db") as store:
        assert store.execute("SELECT count(*) FROM customer").fetchone() == (0,)
    store.close()


def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate", **SETTINGS).returncode == 0
    with sqlite3.connect(tmp_path / "data" / "store.db") as store:
        store.execute("UPDATE alembic_version SET version_num = '9999'")
    store.close()
    for command in ("run", "web", "migrate"):
        done = run(tmp_path, command, **SETTINGS)
        assert done.returncode == 1
        assert "newer version (9999)" in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_a_port_that_is_taken_ends_the_start_with_one_line(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = str(holder.getsockname()[1])
        done = run(tmp_path, "run", **SETTINGS, HOST="127.0.0.1", PORT=port, TELEGRAM_API_URL="http://127.0.0.1:1")
    assert done.returncode == 1
    assert f"PORT {port}" in done.stderr.splitlines()[-1]


async def test_check_says_a_line_each_and_ends_with_its_status(tmp_path: Path) -> None:
    async with SandboxTelegram(token=TOKEN) as telegram, SandboxPanel(key=KEY) as panel:
        settings = SETTINGS | {"TELEGRAM_API_URL": telegram.url, "PANEL_API_URL": panel.url, "ADMIN_IDS": "900"}
        refused = await asyncio.to_thread(run, tmp_path, "check", **settings)
        await asyncio.to_thread(run, tmp_path, "migrate", **settings)
        passed = await asyncio.to_thread(run, tmp_path, "check", **settings)
    assert refused.returncode == 1
    assert [line.split()[0] for line in refused.stdout.splitlines()] == ["ok", "ok", "FAIL"]
    assert passed.returncode == 0
    assert [line.split()[0] for line in passed.stdout.splitlines()] == ["ok", "ok", "ok"]


def test_what_nobody_thought_of_is_logged_without_secrets(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def break_down(settings: object) -> None:
        raise RuntimeError(f"GET https://telegram.example/bot{TOKEN}/getMe")

    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["bot", "migrate"])
    monkeypatch.setitem(commands.COMMANDS, "migrate", (break_down, ""))
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    level = logging.getLogger().level
    try:
        status = commands.main()
    finally:
        structlog.reset_defaults()
        logging.getLogger().setLevel(level)
    shown = capsys.readouterr().err
    assert status == 1
    assert "RuntimeError: GET https://telegram.example/bot***/getMe" in shown
    assert TOKEN not in shown


def test_an_unknown_command_is_told_the_known_ones(tmp_path: Path) -> None:
    done = run(tmp_path, "sell")
    assert done.returncode == 2
    for command in ("run", "web", "worker", "migrate", "check", "audit"):
        assert command in done.stderr
