"""`python -m bot check`: every setting and what it leads to is tried, and said in a line each."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramNotFound, TelegramUnauthorizedError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.logs import Blank
from bot.mark import open_mark
from bot.settings import Settings
from bot.ways import CRYPTO_PAY_PATH
from db.engine import UNUSABLE, Database, reason
from db.upgrade import revision_problem
from panel import PanelClient, PanelError, PanelRefused
from ways.crypto_pay import CryptoPayClient, CryptoPayError, CryptoPayRefused

Say = Callable[[str], None]

TELEGRAM_SECONDS = 10
TELEGRAM_API = "https://api.telegram.org"
# Where Telegram's own server delivers (Bot API, setWebhook: "Ports currently supported for webhooks").
WEBHOOK_PORTS = {443, 80, 88, 8443}


class CheckFailed(Exception):
    """A dependency does not do what the store needs; the message says what and what to do."""


async def check(
    settings: Settings, bot: Bot, panel: PanelClient, say: Say, crypto_pay: CryptoPayClient | None = None
) -> bool:
    """Try everything, say a line each, and return whether all of it works. No secret is said."""
    checks: list[tuple[str, Callable[[], Awaitable[str]]]] = [
        ("BOT_TOKEN", lambda: _token(bot)),
        ("PANEL_API_KEY", lambda: _panel(panel)),
        ("DATABASE_URL", lambda: _database(settings)),
    ]
    if crypto_pay is not None:
        checks.append(("CRYPTO_PAY_TOKEN", lambda: _crypto_pay(settings, crypto_pay)))
    if settings.redis_url is not None:
        checks.append(("REDIS_URL", lambda: _redis(settings)))
    if settings.webhook_url is not None:
        checks.append(("WEBHOOK_URL", lambda: _webhook(settings)))
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
    return works


async def _token(bot: Bot) -> str:
    try:
        me = await bot.get_me(request_timeout=TELEGRAM_SECONDS)
    except (TelegramUnauthorizedError, TelegramNotFound):
        raise CheckFailed("Telegram does not know this token: copy it anew from @BotFather") from None
    except AiogramError as error:
        words = str(error).partition("\n")[0]
        raise CheckFailed(f"Telegram cannot be reached: {words}. Is TELEGRAM_API_URL right?") from None
    return f"the bot is @{me.username}"


async def _panel(panel: PanelClient) -> str:
    try:
        balance = await panel.balance()
    except PanelRefused as refused:
        raise CheckFailed(f"the panel says: {refused.text}. Is the key right?") from None
    except PanelError as error:
        raise CheckFailed(f"the panel cannot be used: {error}. Is PANEL_API_URL right?") from None
    return f"the panel holds {balance.amount} {balance.currency}"


async def _crypto_pay(settings: Settings, crypto_pay: CryptoPayClient) -> str:
    try:
        app = await crypto_pay.app()
    except CryptoPayRefused as refused:
        raise CheckFailed(f"Crypto Pay says: {refused}. Copy the token anew from @CryptoBot") from None
    except CryptoPayError as error:
        raise CheckFailed(f"Crypto Pay cannot be used: {error}. Is CRYPTO_PAY_URL right?") from None
    if settings.webhook_url is None:
        return f"the app is {app.name}"
    return f"the app is {app.name}; its webhook should be {settings.webhook_url}{CRYPTO_PAY_PATH}"


async def _database(settings: Settings) -> str:
    try:
        db = Database(settings.database_url.get_secret_value())
        try:
            problem = await revision_problem(db)
            if problem is None:
                async with open_mark(settings, db) as mark:
                    problem = await mark.problem()
        finally:
            await db.close()
    except UNUSABLE as error:
        raise CheckFailed(f"cannot be used: {reason(error)}. Is the address right and the server up?") from None
    if problem is not None:
        raise CheckFailed(problem)
    return f"{db.dialect}, up to date"


async def _redis(settings: Settings) -> str:
    assert settings.redis_url is not None  # noqa: S101 - asked by the caller
    redis = Redis.from_url(settings.redis_url.get_secret_value(), socket_timeout=5, socket_connect_timeout=5)
    try:
        await redis.execute_command("PING")  # type: ignore[no-untyped-call]  # redis has no types there
    except (RedisError, OSError) as error:
        raise CheckFailed(f"cannot be reached: {reason(error)}. Is the address right?") from None
    finally:
        await redis.aclose()
    return "answers"


async def _webhook(settings: Settings) -> str:
    assert settings.webhook_url is not None  # noqa: S101 - asked by the caller
    parts = urlsplit(settings.webhook_url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if settings.telegram_api_url == TELEGRAM_API and port not in WEBHOOK_PORTS:
        raise CheckFailed(f"Telegram does not deliver to port {port}: take 443, 80, 88 or 8443")
    return f"updates are expected at {settings.webhook_url}/webhook, listening on port {settings.listen_port}"
