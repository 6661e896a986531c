"""The commands, `python -m bot run | web | worker | …` (COMMANDS). A wrong start ends with one line."""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import structlog

from bot.logs import Blank, set_up_logs
from bot.settings import Settings, SettingsError, StartError, load_settings
from db.engine import UNAVAILABLE, UNUSABLE, Database, reason
from db.upgrade import SchemaError, migrate, revision_problem

log = structlog.get_logger(__name__)

WRONG_SETTING = 2
FAILED = 1


async def _run(settings: Settings) -> None:
    await _migrate(settings)
    await _refuse_copy(settings)
    await _serve(settings, updates=True, work=True)


async def _web(settings: Settings) -> None:
    await _refuse_old_schema(settings)
    await _refuse_copy(settings)
    await _serve(settings, updates=True, work=False)


async def _worker(settings: Settings) -> None:
    await _refuse_old_schema(settings)
    await _refuse_copy(settings)
    await _serve(settings, updates=False, work=True)


async def _serve(settings: Settings, *, updates: bool, work: bool) -> None:
    from bot.app import run  # noqa: PLC0415 - aiogram takes seconds to import, and migrate does without

    await run(settings, updates=updates, work=work)


async def _migrate(settings: Settings) -> None:
    async with _database(settings) as db:
        await migrate(db)


async def _refuse_old_schema(settings: Settings) -> None:
    async with _database(settings) as db:
        problem = await revision_problem(db)
    if problem is not None:
        raise StartError(f"DATABASE_URL: {problem}")


async def _refuse_copy(settings: Settings) -> None:
    from bot.mark import open_mark  # noqa: PLC0415 - redis takes its time to import, and migrate does without

    async with _database(settings) as db, open_mark(settings, db) as mark:
        problem = await mark.problem()
    if problem is not None:
        raise StartError(f"DATABASE_URL: {problem}")


@asynccontextmanager
async def _database(settings: Settings, statement_seconds: float | None = 60) -> AsyncIterator[Database]:
    """Open the database for the start. Raises StartError when it cannot be used or brought to this version."""
    try:
        db = Database(settings.database_url.get_secret_value(), statement_seconds=statement_seconds)
        try:
            yield db
        finally:
            await db.close()
    except SchemaError as error:
        raise StartError(f"DATABASE_URL: {error}") from error
    except UNUSABLE as error:
        raise StartError(_database_away(error)) from error


def _database_away(error: BaseException) -> str:
    return f"DATABASE_URL: the database cannot be used ({reason(error)}). Is the address right and the server up?"


async def _check(settings: Settings) -> None:
    from bot.app import build_bot, build_panel  # noqa: PLC0415 - as above
    from bot.checks import check  # noqa: PLC0415 - as above
    from bot.ways import build_crypto_pay  # noqa: PLC0415 - as above

    bot = build_bot(settings)
    crypto_pay = build_crypto_pay(settings)
    try:
        async with build_panel(settings, read_attempts=1) as panel:
            works = await check(settings, bot, panel, print, crypto_pay)
    finally:
        await bot.session.close()
        if crypto_pay is not None:
            await crypto_pay.aclose()
    if not works:
        raise SystemExit(FAILED)


async def _audit(settings: Settings, *, panel: bool = False) -> None:
    from bot.audit import audit  # noqa: PLC0415 - as above

    await _refuse_old_schema(settings)
    async with AsyncExitStack() as opened:
        # A sum over every entry may take its time.
        db = await opened.enter_async_context(_database(settings, statement_seconds=None))
        client = None
        if panel:
            from bot.app import build_panel  # noqa: PLC0415 - as above

            client = await opened.enter_async_context(build_panel(settings))
        holds = await audit(db, client, print)
    if not holds:
        raise SystemExit(FAILED)


async def _restored(settings: Settings, *, moved: bool = False) -> None:
    from bot.mark import open_mark  # noqa: PLC0415 - as above
    from bot.restored import restored  # noqa: PLC0415 - as above

    async with _database(settings) as db:
        await migrate(db)
        async with open_mark(settings, db) as mark:
            await restored(db, mark, settings.admin_ids, print, moved=moved)


COMMANDS: dict[str, tuple[Callable[..., Coroutine[Any, Any, None]], str]] = {
    "run": (_run, "everything in one process; brings the database up to date first"),
    "web": (_web, "answer updates only"),
    "worker": (_worker, "submission, tracking, notices and sync; any number of them"),
    "migrate": (_migrate, "bring the database up to date"),
    "check": (_check, "try every setting and what it leads to"),
    "audit": (_audit, "prove the books; fails when they do not hold"),
    "restored": (_restored, "once after a backup was brought back, before anything is started on it"),
}
# What a command may be told besides.
FLAGS = {
    "audit": {"panel": "also ask the panel about running and lately ended orders"},
    "restored": {"moved": "nothing has happened since the copy was made: the store was stopped first"},
}


def main() -> int:
    """Run one command and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bot", description="A Telegram shop over an SMM panel.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (_, what) in COMMANDS.items():
        command = commands.add_parser(name, help=what, description=what)
        for flag, meaning in FLAGS.get(name, {}).items():
            command.add_argument(f"--{flag}", action="store_true", help=meaning)
    # The demo reads its options itself, so that a real store need not load the sandbox to list them.
    commands.add_parser("demo", help="try it in a browser: no accounts, no settings", add_help=False)
    options, rest = parser.parse_known_args()
    flags = vars(options)
    chosen = flags.pop("command")
    if chosen == "demo":
        return _demo(rest)
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        settings = load_settings()
    except SettingsError as error:
        return _fail(str(error), WRONG_SETTING)
    set_up_logs(settings.log_level, settings.log_format, settings.secrets())
    blank = Blank(settings.secrets())
    try:
        asyncio.run(COMMANDS[chosen][0](settings, **flags))
    except StartError as error:
        return _fail(blank.text(str(error)), FAILED)
    except UNAVAILABLE as error:
        return _fail(blank.text(_database_away(error)), FAILED)
    except KeyboardInterrupt:
        pass
    except Exception as error:
        # Through the log, where secrets are blanked: the interpreter's own traceback would show them.
        log.critical("store.broke", exc_info=error)
        return FAILED
    return 0


def _demo(arguments: Sequence[str]) -> int:
    from bot.demo import parse_options, run_demo  # noqa: PLC0415 - the sandbox is no part of a real store

    try:
        run_demo(parse_options(arguments))
    except StartError as error:
        return _fail(str(error), FAILED)
    return 0


def _fail(line: str, status: int) -> int:
    print(line, file=sys.stderr)  # noqa: T201 - the one line a wrong start ends with
    return status


if __name__ == "__main__":
    sys.exit(main())
