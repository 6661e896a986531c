"""`python -m bot check`: every setting and what it leads to is tried, and said in a line each."""

from collections.abc import Awaitable, Callable

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramUnauthorizedError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.logs import Blank
from bot.settings import Settings
from db.engine import Database
from db.upgrade import revision_problem
from panel import PanelClient, PanelError, PanelRefused

Say = Callable[[str], None]


class CheckFailed(Exception):
    """A dependency does not do what the store needs; the message says what and what to do."""


async def check(settings: Settings, bot: Bot, panel: PanelClient, say: Say) -> bool:
    """Try everything, say a line each, and return whether all of it works. No secret is said."""
    checks: list[tuple[str, Callable[[], Awaitable[str]]]] = [
        ("BOT_TOKEN", lambda: _token(bot)),
        ("PANEL_API_KEY", lambda: _panel(panel)),
        ("DATABASE_URL", lambda: _database(settings)),
    ]
    if settings.redis_url is not None:
        checks.append(("REDIS_URL", lambda: _redis(settings)))
    blank = Blank(settings.secrets())
    works = True
    for name, attempt in checks:
        try:
            say(f"ok    {name}: {blank.text(await attempt())}")
        except CheckFailed as failed:
            works = False
            say(f"FAIL  {name}: {blank.text(str(failed))}")
    if not settings.admin_ids:
        say("note  ADMIN_IDS: nobody is owner; nobody can credit wallets or is told of trouble")
    if settings.webhook_url is not None:
        say(f"note  WEBHOOK_URL: updates are expected at {settings.webhook_url}/webhook, port {settings.listen_port}")
    return works


async def _token(bot: Bot) -> str:
    try:
        me = await bot.get_me()
    except TelegramUnauthorizedError:
        raise CheckFailed("Telegram does not know this token: copy it anew from @BotFather") from None
    except TelegramAPIError as error:
        raise CheckFailed(f"Telegram cannot be reached: {error}. Is TELEGRAM_API_URL right?") from None
    return f"the bot is @{me.username}"


async def _panel(panel: PanelClient) -> str:
    try:
        balance = await panel.balance()
    except PanelRefused as refused:
        raise CheckFailed(f"the panel says: {refused.text}. Is the key right?") from None
    except PanelError as error:
        raise CheckFailed(f"the panel cannot be used: {error}. Is PANEL_API_URL right?") from None
    return f"the panel holds {balance.amount} {balance.currency}"


async def _database(settings: Settings) -> str:
    db = Database(settings.database_url.get_secret_value())
    try:
        problem = await revision_problem(db)
    except Exception as error:
        raise CheckFailed(f"cannot be used: {type(error).__name__}. Is the address right and the server up?") from None
    finally:
        await db.close()
    if problem is not None:
        raise CheckFailed(problem)
    return f"{db.dialect}, up to date"


async def _redis(settings: Settings) -> str:
    assert settings.redis_url is not None  # noqa: S101 - asked by the caller
    redis = Redis.from_url(settings.redis_url.get_secret_value(), socket_timeout=5, socket_connect_timeout=5)
    try:
        await redis.execute_command("PING")  # type: ignore[no-untyped-call]  # redis has no types there
    except (RedisError, OSError) as error:
        raise CheckFailed(f"cannot be reached: {type(error).__name__}. Is the address right?") from None
    finally:
        await redis.aclose()
    return "answers"
