"""Starting the store as a person at a shell does: a wrong start is one line, and what the docs say is what there is."""

import asyncio
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from bot.settings import Settings
from sandbox.panel import SandboxPanel
from sandbox.telegram import SandboxTelegram

ROOT = Path(__file__).parents[2]
GOOD = {"BOT_TOKEN": "42:SANDBOX-token", "PANEL_API_KEY": "sandbox-panel-key"}


async def bot(*arguments: str, cwd: Path, **settings: str) -> tuple[int, str]:
    """Run `python -m bot` with nothing but these settings; return its exit status and all it said."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)} | settings
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        cwd=cwd,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, said.decode()


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({}, "BOT_TOKEN is missing: set it to the token from @BotFather"),
        ({"BOT_TOKEN": "42:SANDBOX-token"}, "PANEL_API_KEY is missing"),
        (GOOD | {"BOT_TOKEN": "hunter2"}, "BOT_TOKEN is wrong"),
        (GOOD | {"ADMIN_IDS": "anna"}, "ADMIN_IDS is wrong: set it to Telegram ids separated by commas"),
        (GOOD | {"PORT": "eighty"}, "PORT is wrong"),
        (GOOD | {"DATABASE_URL": "mysql://root:hunter2@host/x"}, "DATABASE_URL is wrong"),
        (GOOD | {"REDIS_URL": "http://:hunter2@host"}, "REDIS_URL is wrong"),
        (GOOD | {"WEBHOOK_URL": "http://shop.example"}, "WEBHOOK_URL is wrong"),
        (GOOD | {"PANEL_LINK_FIELD": "href"}, "PANEL_LINK_FIELD is wrong: set it to url, link or both"),
        (GOOD | {"LOG_FORMAT": "xml"}, "LOG_FORMAT is wrong"),
        (GOOD | {"STATUS_POLL_SECONDS": "0"}, "STATUS_POLL_SECONDS is wrong"),
    ],
)
async def test_a_wrong_setting_ends_the_start_with_one_line(
    tmp_path: Path, settings: dict[str, str], line: str
) -> None:
    status, said = await bot("run", cwd=tmp_path, **settings)
    assert status == 2
    assert said.startswith(line)
    assert said.count("\n") == 1
    assert "hunter2" not in said


async def test_settings_are_read_from_a_file_and_blanks_count_as_unset(tmp_path: Path) -> None:
    shutil.copy(ROOT / ".env.example", tmp_path / ".env")
    status, said = await bot("migrate", cwd=tmp_path, **GOOD)
    assert (status, said) == (0, "")
    assert (tmp_path / "data" / "store.db").exists()


async def test_an_old_schema_is_refused_and_migrated(tmp_path: Path) -> None:
    for command in ("web", "worker"):
        status, said = await bot(command, cwd=tmp_path, **GOOD)
        assert status == 1
        assert "python -m bot migrate" in said
        assert said.count("\n") == 1


async def test_a_database_that_is_away_is_one_line(tmp_path: Path) -> None:
    url = "postgresql://nobody:hunter2@127.0.0.1:1/none"
    for command in ("run", "web", "worker", "migrate"):
        status, said = await bot(command, cwd=tmp_path, DATABASE_URL=url, **GOOD)
        assert status == 1
        assert said.startswith("DATABASE_URL")
        assert said.count("\n") == 1
        assert "hunter2" not in said


async def test_check_tries_everything(tmp_path: Path, redis_url: str) -> None:
    telegram = SandboxTelegram(token=GOOD["BOT_TOKEN"])
    await telegram.start()
    async with SandboxPanel(key=GOOD["PANEL_API_KEY"]) as panel:
        settings = {"TELEGRAM_API_URL": telegram.url, "PANEL_API_URL": panel.url, "REDIS_URL": redis_url}
        await bot("migrate", cwd=tmp_path, **GOOD)
        status, said = await bot("check", cwd=tmp_path, **GOOD, **settings)
        assert status == 0, said
        assert [line.split(":")[0] for line in said.splitlines()] == [
            "ok    BOT_TOKEN",
            "ok    PANEL_API_KEY",
            "ok    DATABASE_URL",
            "ok    REDIS_URL",
            "note  ADMIN_IDS",
        ]
        assert "10000" in said
        wrong = GOOD | {"BOT_TOKEN": "42:other", "PANEL_API_KEY": "no-such-key", "DATABASE_URL": "sqlite:///new.db"}
        status, said = await bot("check", cwd=tmp_path, **wrong, **settings | {"REDIS_URL": "redis://127.0.0.1:1"})
    await telegram.stop()
    assert status == 1
    assert said.count("FAIL") == 4, said
    assert "no-such-key" not in said
    assert "Traceback" not in said


async def test_a_port_that_is_taken_is_one_line(tmp_path: Path) -> None:
    server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    port = str(server.sockets[0].getsockname()[1])
    status, said = await bot(
        "run", cwd=tmp_path, HOST="127.0.0.1", PORT=port, TELEGRAM_API_URL="http://127.0.0.1:1", **GOOD
    )
    server.close()
    assert status == 1
    assert f"PORT {port} cannot be listened on" in said.splitlines()[-1]
    assert "Traceback" not in said


def names_in(text: str, pattern: str) -> set[str]:
    return set(re.findall(pattern, text, re.MULTILINE))


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    settings = {name.upper() for name in Settings.model_fields}
    example = names_in((ROOT / ".env.example").read_text(), r"^([A-Z_]+)=")
    documented = names_in((ROOT / "docs" / "operations.md").read_text(), r"^\| `([A-Z_]+)` \|")
    assert example == settings
    assert documented == settings


def test_the_readme_speaks_of_files_and_commands_that_exist() -> None:
    readme = (ROOT / "README.md").read_text()
    for path in re.findall(r"\]\(([\w/.-]+)\)", readme):
        assert (ROOT / path).exists(), path
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"make ([a-z]+)\b", readme):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE) or target in {"are"}, target
    procfile = (ROOT / "Procfile").read_text()
    assert names_in(procfile, r"^(\w+): python -m bot") == {"release", "web", "worker"}
