"""Settings: what is taken as it comes, what is refused and in which words, and that all of them are documented."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values
from pydantic import ValidationError

from bot.logs import Blank
from bot.settings import Settings, SettingsError, load_settings

ROOT = Path(__file__).parents[2]
NAMES = {name.upper() for name in Settings.model_fields}
TOKEN = "42:tokentokentoken"
KEY = "panelkeypanelkey"


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder to start in, and no settings but the two that must be there."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BOT_TOKEN", TOKEN)
    monkeypatch.setenv("PANEL_API_KEY", KEY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refusal() -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings()
    return str(caught.value)


def test_two_settings_are_enough() -> None:
    settings = load_settings()
    assert settings.panel_api_url == "https://nksmmpanel.site/api/v2"
    assert (settings.panel_link_field, settings.panel_comments_encoding) == ("url", "newline")
    assert settings.admin_ids == ()
    assert settings.markup_percent == Decimal(30)
    assert settings.database_url.get_secret_value() == "sqlite:///data/store.db"
    assert settings.redis_url is None
    assert settings.telegram_api_url == "https://api.telegram.org"
    assert (settings.webhook_url, settings.host, settings.port) == (None, "0.0.0.0", None)
    assert (settings.catalogue_sync_seconds, settings.status_poll_seconds) == (900, 30)
    assert settings.notices_per_second == 25
    assert (settings.log_level, settings.log_format) == ("INFO", "console")
    assert settings.listen_port is None


@pytest.mark.parametrize("name", ["BOT_TOKEN", "PANEL_API_KEY"])
@pytest.mark.parametrize("value", [None, "", "   "])
def test_a_missing_setting_is_named_with_its_cure(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str | None
) -> None:
    if value is None:
        monkeypatch.delenv(name)
    else:
        monkeypatch.setenv(name, value)
    line = refusal()
    assert line.startswith(f"{name} is missing: set it to ")
    assert "\n" not in line


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BOT_TOKEN", "not-a-token-at-all"),
        ("PANEL_API_URL", "nksmmpanel.site"),
        ("PANEL_API_URL", "ftp://panel.example"),
        ("PANEL_LINK_FIELD", "href"),
        ("PANEL_COMMENTS_ENCODING", "xml"),
        ("PANEL_TIMEOUT_SECONDS", "0"),
        ("PANEL_CONCURRENCY", "1.5"),
        ("PANEL_CALLS_PER_SECOND", "-1"),
        ("ADMIN_IDS", "1001,@anna"),
        ("MARKUP_PERCENT", "-0.01"),
        ("MARKUP_PERCENT", "10001"),
        ("MARKUP_PERCENT", "thirty"),
        ("MARKUP_PERCENT", "NaN"),
        ("CRYPTO_PAY_TOKEN", "hush hush"),
        ("CRYPTO_PAY_TOKEN", "12345:тайна"),
        ("CRYPTO_PAY_URL", "crypto.example"),
        ("DRIPFEED_DEFAULT", "perhaps"),
        ("DATABASE_URL", "mysql://user:hushhush@host/store"),
        ("DATABASE_URL", "hushhush"),
        ("REDIS_URL", "http://host:6379"),
        ("REDIS_URL", "redis://host:port"),
        ("TELEGRAM_API_URL", "botapi.local"),
        ("WEBHOOK_URL", "http://shop.example"),
        ("WEBHOOK_URL", "https://shop.example:99999"),
        ("WEBHOOK_URL", "https://shop.example/?shop=1"),
        ("WEBHOOK_SECRET", "hush hush"),
        ("WEBHOOK_SECRET", "h" * 257),
        ("PORT", "0"),
        ("PORT", "http"),
        ("CATALOGUE_SYNC_SECONDS", "0"),
        ("STATUS_POLL_SECONDS", "inf"),
        ("STATUS_POLL_SECONDS", "-1"),
        ("NOTICES_PER_SECOND", "0"),
        ("LOG_LEVEL", "LOUD"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_a_wrong_setting_is_named_with_its_cure_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    line = refusal()
    assert line.startswith(f"{name} is wrong: set it to ")
    assert "\n" not in line
    assert "Input should" not in line
    if len(value) > 7:  # shorter ones may stand in the cure by chance
        assert value not in line
    assert "hushhush" not in line


def test_values_are_taken_as_people_paste_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TOKEN", f"  {TOKEN}\n")
    monkeypatch.setenv("ADMIN_IDS", " 1001, 1002 ,")
    monkeypatch.setenv("MARKUP_PERCENT", "12.5")
    monkeypatch.setenv("STATUS_POLL_SECONDS", "0.2")
    monkeypatch.setenv("WEBHOOK_URL", "https://shop.example/")
    monkeypatch.setenv("LOG_LEVEL", "debug")
    monkeypatch.setenv("DATABASE_URL", "postgres://user:word@host/store?sslmode=require")
    settings = load_settings()
    assert settings.bot_token.get_secret_value() == TOKEN
    assert settings.admin_ids == (1001, 1002)
    assert settings.markup_percent == Decimal("12.5")
    assert settings.status_poll_seconds == 0.2
    assert settings.webhook_url == "https://shop.example"
    assert settings.log_level == "DEBUG"


def test_blank_settings_count_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES - {"BOT_TOKEN", "PANEL_API_KEY"}:
        monkeypatch.setenv(name, " ")
    blank = load_settings()
    for name in NAMES - {"BOT_TOKEN", "PANEL_API_KEY"}:
        monkeypatch.delenv(name)
    assert blank == load_settings()


def test_a_file_fills_in_what_the_environment_leaves_open(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.delenv("PANEL_API_KEY")
    monkeypatch.setenv("MARKUP_PERCENT", "40")
    text = "# mine\nPANEL_API_KEY='from the file'\nMARKUP_PERCENT=50\nUNKNOWN=1\n"
    (folder / ".env").write_text(text, encoding="utf-8-sig")  # as Notepad saves it
    settings = load_settings()
    assert settings.panel_api_key.get_secret_value() == "from the file"
    assert settings.markup_percent == 40


def test_a_file_that_is_no_text_is_said_so(folder: Path) -> None:
    (folder / ".env").write_text("MARKUP_PERCENT=40 # наценка", encoding="utf-16")
    line = refusal()
    assert line.startswith(".env cannot be read")
    assert "\n" not in line


def test_settings_do_not_change() -> None:
    settings = load_settings()
    with pytest.raises(ValidationError):
        settings.markup_percent = Decimal(0)  # type: ignore[misc]


def test_every_process_derives_the_same_webhook_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    first = load_settings().webhook_secret.get_secret_value()
    assert first == load_settings().webhook_secret.get_secret_value()
    assert re.fullmatch(r"[A-Za-z0-9_-]{32,256}", first)  # what Telegram takes, and nobody guesses
    assert "token" not in first
    monkeypatch.setenv("BOT_TOKEN", "43:another-bot")
    assert load_settings().webhook_secret.get_secret_value() != first
    monkeypatch.setenv("WEBHOOK_SECRET", "my-own")
    assert load_settings().webhook_secret.get_secret_value() == "my-own"


@pytest.mark.parametrize(
    ("webhook", "port", "listens"),
    [
        (None, None, None),
        (None, "9000", 9000),
        ("https://shop.example", None, 8080),
        ("https://shop.example:8443", None, 8443),
        ("https://shop.example:8443", "9000", 9000),
        ("http://127.0.0.1:8081", None, 8081),
        ("http://localhost", None, 8080),
    ],
)
def test_where_the_store_listens(
    monkeypatch: pytest.MonkeyPatch, webhook: str | None, port: str | None, listens: int | None
) -> None:
    for name, value in (("WEBHOOK_URL", webhook), ("PORT", port)):
        if value is not None:
            monkeypatch.setenv(name, value)
    assert load_settings().listen_port == listens


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("DATABASE_URL", "postgres://user:pass%40word@host/store", ["pass%40word", "pass@word"]),
        ("DATABASE_URL", "postgres://user:pass#word@host/store", ["pass#word", "pass%23word"]),
        ("REDIS_URL", "redis://:redisword@host:6379/0", ["redisword"]),
        ("CRYPTO_PAY_TOKEN", "77:AAcryptoword", ["77:AAcryptoword", "AAcryptoword"]),
    ],
)
def test_no_secret_shows(monkeypatch: pytest.MonkeyPatch, name: str, value: str, shown: list[str]) -> None:
    monkeypatch.setenv(name, value)
    settings = load_settings()
    secrets = [TOKEN, "tokentokentoken", KEY, settings.webhook_secret.get_secret_value(), *shown]
    blank = Blank(settings.secrets())
    for secret in secrets:
        assert secret not in repr(settings)
        assert secret not in blank.text(f"GET /bot{secret}/getMe?key={secret}")


def documented() -> dict[str, str]:
    """Name and default of each row of the settings table."""
    table = (ROOT / "docs" / "operations.md").read_text()
    return dict(re.findall(r"^\| `([A-Z_]+)` \| ([^|]+) \|", table, flags=re.MULTILINE))


def test_every_setting_is_in_the_example_and_the_table_and_the_reverse() -> None:
    assert set(dotenv_values(ROOT / ".env.example")) == NAMES
    assert set(documented()) == NAMES


def test_the_example_and_the_table_tell_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    defaults = load_settings()
    for name, value in dotenv_values(ROOT / ".env.example").items():
        if value:
            monkeypatch.setenv(name, value)
    assert load_settings() == defaults
    for name, value in documented().items():
        if quoted := re.fullmatch(r"`(.+)`", value.strip()):
            monkeypatch.setenv(name, quoted[1])
    assert load_settings() == defaults


def test_settings_can_be_given_by_hand() -> None:
    given: dict[str, Any] = {"markup_percent": Decimal(5), "admin_ids": (7,)}
    settings = load_settings(**given)
    assert (settings.markup_percent, settings.admin_ids) == (5, (7,))
