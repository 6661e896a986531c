"""Logs: one line an event, in the form asked for, and no secret whichever way it tries to get in."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from bot.logs import set_up_logs

SECRETS = ("42:tokentoken", "panel-key", "pass word")


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """Give the test runner its handlers back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    names = list(logging.root.manager.loggerDict)
    levels = {name: logging.getLogger(name).level for name in names}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    structlog.reset_defaults()


def lines(captured: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in captured.readouterr().err.splitlines()]


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_secret_is_blanked_wherever_it_stands(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("INFO", form, SECRETS)
    ours, library = structlog.get_logger("bot.ours"), logging.getLogger("aiogram.somewhere")
    secret, key, password = SECRETS
    ours.info(f"event {secret}", key=key, nested={"urls": [f"https://u:{password}@h", (secret,)]}, **{f"as {key}": 1})
    ours.warning("an object", value=ValueError(f"holds {key}"), raw=key.encode())
    library.warning("GET /bot%s/getMe", secret)
    library.warning("with extra", extra={"url": f"/?key={key}"})
    try:
        raise ConnectionError(f"postgres://u:{password}@host")
    except ConnectionError as error:
        ours.exception("caught")
        ours.error("kept for later", exc_info=error)
        library.exception("caught by a library")
    library.warning("where", stack_info=True)
    with structlog.contextvars.bound_contextvars(token=secret):
        ours.info("bound")
    shown = capsys.readouterr().err
    assert not [secret for secret in SECRETS if secret in shown]
    for told in ("event ***", "GET /bot***/getMe", "ConnectionError: postgres://u:***@host", "caught by a library"):
        assert told in shown


def test_a_secret_that_holds_another_is_blanked_whole(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("INFO", "json", ["token", "42:token-longer"])
    logging.getLogger("any").warning("42:token-longer")
    assert [line["event"] for line in lines(capsys)] == ["***"]


def test_json_is_a_line_an_event_with_time_level_and_fields(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("INFO", "json", SECRETS)
    structlog.get_logger("bot.ours").info("order.placed", order=17, note="a\nb", name="Аня 🙂")
    logging.getLogger("library").error("plain %d", 5)
    ours, library = lines(capsys)
    assert (ours["event"], ours["order"], ours["note"], ours["name"]) == ("order.placed", 17, "a\nb", "Аня 🙂")
    assert (ours["level"], ours["logger"]) == ("info", "bot.ours")
    assert ours["timestamp"].endswith("Z")
    assert (library["event"], library["level"], library["logger"]) == ("plain 5", "error", "library")


@pytest.mark.parametrize("form", ["console", "json"])
def test_what_cannot_be_written_as_json_breaks_nothing(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("INFO", form, SECRETS)
    structlog.get_logger("bot.ours").info("odd", thing=object(), numbers={1, 2}, keys={(1, 2): None})
    shown = capsys.readouterr().err
    assert "odd" in shown
    assert "Logging error" not in shown


def test_only_the_level_asked_for_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("WARNING", "json", SECRETS)
    structlog.get_logger("bot.ours").info("quiet")
    structlog.get_logger("bot.ours").warning("told")
    logging.getLogger("library").info("quiet")
    assert [line["event"] for line in lines(capsys)] == ["told"]


def test_a_line_for_each_request_and_update_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("INFO", "json", SECRETS)
    for name in ("httpx", "aiogram.event", "aiohttp.access", "sqlalchemy.engine.Engine", "alembic.runtime.migration"):
        logging.getLogger(name).info("once more")
        logging.getLogger(name).error("broke")
    assert [line["event"] for line in lines(capsys)] == ["broke"] * 5
