"""`check`: a line for each thing the store leans on, with the cure where one gives way, and no secret in any."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.app import build_bot, build_panel
from bot.checks import check
from bot.settings import Settings, load_settings
from bot.ways import build_crypto_pay
from sandbox.crypto_pay import CryptoPayFault, SandboxCryptoPay
from sandbox.panel import SandboxPanel
from sandbox.panel.faults import PanelFault
from sandbox.telegram import SandboxTelegram, TelegramFault

TOKEN = "42:tokentokentoken"
KEY = "panelkeypanelkey"


@pytest.fixture
async def telegram() -> AsyncIterator[SandboxTelegram]:
    async with SandboxTelegram(token=TOKEN, username="anna_shop_bot") as sandbox:
        yield sandbox


@pytest.fixture
async def panel() -> AsyncIterator[SandboxPanel]:
    async with SandboxPanel(key=KEY, balance=Decimal("123.45"), currency="EUR") as sandbox:
        yield sandbox


@pytest.fixture
def given(
    panel: SandboxPanel,
    telegram: SandboxTelegram,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> dict[str, Any]:
    """Settings that hold, for a test to spoil."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    return {
        "bot_token": TOKEN,
        "panel_api_key": KEY,
        "panel_api_url": panel.url,
        "telegram_api_url": telegram.url,
        "database_url": database_url,
        "admin_ids": "900",
        "panel_timeout_seconds": 2,
    }


async def outcome(given: dict[str, Any]) -> tuple[bool, dict[str, str]]:
    """What `check` says: whether all holds, and the line of each setting."""
    settings = load_settings(**given)
    said: list[str] = []
    bot = build_bot(settings)
    crypto_pay = build_crypto_pay(settings)
    try:
        async with build_panel(settings, read_attempts=1) as client:
            holds = await check(settings, bot, client, said.append, crypto_pay)
    finally:
        await bot.session.close()
        if crypto_pay is not None:
            await crypto_pay.aclose()
    for line in said:
        assert "\n" not in line
        for secret in settings.secrets():
            assert secret not in line
    return holds, {line.split()[1].rstrip(":"): line for line in said}


async def test_all_holds(given: dict[str, Any], redis_url: str) -> None:
    holds, said = await outcome(given | {"redis_url": redis_url})
    assert holds
    assert all(line.startswith("ok") for line in said.values())
    assert "@anna_shop_bot" in said["BOT_TOKEN"]
    assert "123.45 EUR" in said["PANEL_API_KEY"]
    assert "up to date" in said["DATABASE_URL"]
    assert "REDIS_URL" in said


async def test_what_is_not_set_is_not_tried(given: dict[str, Any]) -> None:
    holds, said = await outcome(given)
    assert holds
    assert set(said) == {"BOT_TOKEN", "PANEL_API_KEY", "DATABASE_URL"}


async def fails(given: dict[str, Any], name: str) -> str:
    """The line of the one setting that fails; the others are tried all the same."""
    holds, said = await outcome(given)
    assert not holds
    assert [which for which, line in said.items() if line.startswith("FAIL")] == [name]
    assert {"BOT_TOKEN", "PANEL_API_KEY", "DATABASE_URL"} <= set(said)
    return said[name]


async def test_a_token_telegram_does_not_know(given: dict[str, Any]) -> None:
    assert "@BotFather" in await fails(given | {"bot_token": "43:wrongwrongwrong"}, "BOT_TOKEN")


async def test_a_telegram_that_cannot_be_reached(given: dict[str, Any]) -> None:
    line = await fails(given | {"telegram_api_url": "http://127.0.0.1:1"}, "BOT_TOKEN")
    assert "TELEGRAM_API_URL" in line


@pytest.mark.parametrize("fault", [TelegramFault.PAGE, TelegramFault.SERVER_ERROR(502), TelegramFault.RESET])
async def test_a_telegram_that_answers_nonsense(
    given: dict[str, Any], telegram: SandboxTelegram, fault: TelegramFault
) -> None:
    telegram.fault(fault, "getMe")
    assert "TELEGRAM_API_URL" in await fails(given, "BOT_TOKEN")


async def test_a_key_the_panel_does_not_know(given: dict[str, Any]) -> None:
    line = await fails(given | {"panel_api_key": "wrongwrongwrong"}, "PANEL_API_KEY")
    assert "Invalid API key" in line
    assert "Is the key right?" in line


async def test_a_panel_that_repeats_the_key_in_its_refusal(given: dict[str, Any], panel: SandboxPanel) -> None:
    panel.fault(PanelFault.ERROR(f"Unknown key {KEY}"), action=None)
    assert "Unknown key ***" in await fails(given, "PANEL_API_KEY")


@pytest.mark.parametrize(
    "fault",
    [PanelFault.HTML_BEFORE, PanelFault.SERVER_ERROR_BEFORE, PanelFault.RESET_BEFORE, PanelFault.SILENT_BEFORE],
)
async def test_a_panel_that_is_no_use(given: dict[str, Any], panel: SandboxPanel, fault: PanelFault) -> None:
    panel.fault(fault, action=None)
    line = await fails(given | {"panel_timeout_seconds": 0.3}, "PANEL_API_KEY")
    assert "PANEL_API_URL" in line


async def test_a_database_that_is_away(given: dict[str, Any]) -> None:
    line = await fails(given | {"database_url": "postgres://u:hushword@127.0.0.1:1/store"}, "DATABASE_URL")
    assert "Is the address right and the server up?" in line


async def test_a_file_that_is_no_database(given: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Anna, this is a letter and no database, as anybody can see." * 20)
    line = await fails(given | {"database_url": f"sqlite:///{tmp_path / 'letter.txt'}"}, "DATABASE_URL")
    assert "not a database" in line


async def test_a_database_without_tables(given: dict[str, Any], tmp_path: Path) -> None:
    line = await fails(given | {"database_url": f"sqlite:///{tmp_path / 'blank.db'}"}, "DATABASE_URL")
    assert "python -m bot migrate" in line


async def test_a_redis_that_is_away(given: dict[str, Any]) -> None:
    line = await fails(given | {"redis_url": "redis://:hushword@127.0.0.1:1/0"}, "REDIS_URL")
    assert "Is the address right?" in line


async def test_a_redis_with_another_password(given: dict[str, Any], redis_url: str) -> None:
    wrong = redis_url.replace("redis://", "redis://nobody:hushword@")
    assert "REDIS_URL" in await fails(given | {"redis_url": wrong}, "REDIS_URL")


async def test_where_updates_are_expected(given: dict[str, Any]) -> None:
    holds, said = await outcome(given | {"webhook_url": "https://shop.example", "port": 9000})
    assert holds
    assert "https://shop.example/webhook" in said["WEBHOOK_URL"]
    assert "9000" in said["WEBHOOK_URL"]


async def test_the_app_at_crypto_pay(given: dict[str, Any]) -> None:
    async with SandboxCryptoPay(token="77:AAcryptopaytoken") as crypto_pay:
        mine = given | {"crypto_pay_url": crypto_pay.url, "crypto_pay_token": crypto_pay.token}
        holds, said = await outcome(mine | {"webhook_url": "https://shop.example"})
        assert holds
        assert "Sandbox shop" in said["CRYPTO_PAY_TOKEN"]
        assert "https://shop.example/pay/crypto" in said["CRYPTO_PAY_TOKEN"]
        line = await fails(mine | {"crypto_pay_token": "77:AAanother"}, "CRYPTO_PAY_TOKEN")
        assert "@CryptoBot" in line
        crypto_pay.fault(CryptoPayFault.PAGE)
        assert "CRYPTO_PAY_URL" in await fails(mine, "CRYPTO_PAY_TOKEN")


async def test_without_an_owner_it_is_said(given: dict[str, Any]) -> None:
    holds, said = await outcome(given | {"admin_ids": ""})
    assert holds
    assert said["ADMIN_IDS"].startswith("note")
