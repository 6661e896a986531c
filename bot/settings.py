"""The settings, read once from the environment or `.env` into one frozen object (docs/operations.md)."""

import hashlib
import hmac
import re
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from urllib.parse import quote, unquote, urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from redis.asyncio.connection import parse_url

from db.engine import normalise_url

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
DEFAULT_WEBHOOK_PORT = 8080

# What to write instead, where pydantic's own words do not say it.
CURES = {
    "BOT_TOKEN": "the token from @BotFather, like 123456:ABC-DEF",
    "PANEL_API_KEY": "the API key from the panel's account page",
    "PANEL_API_URL": "an address like https://panel.example/api/v2",
    "PANEL_LINK_FIELD": "url, link or both",
    "PANEL_COMMENTS_ENCODING": "newline, crlf, urlencoded or json",
    "PANEL_TIMEOUT_SECONDS": "a number of seconds above 0 and up to 80",
    "PANEL_CONCURRENCY": "a whole number from 1 to 100",
    "PANEL_CALLS_PER_SECOND": "a number above 0 and up to 1000",
    "ADMIN_IDS": "Telegram ids separated by commas, like 1001,1002",
    "MARKUP_PERCENT": "a number from 0 to 10000",
    "STAR_VALUE": "what one Telegram Star is worth in the shop's currency, like 0.013",
    "CRYPTO_PAY_TOKEN": "the token from @CryptoBot, like 12345:AAabc",
    "CRYPTO_PAY_URL": "an address like https://pay.crypt.bot",
    "DRIPFEED_DEFAULT": "true or false",
    "DATABASE_URL": "an address like sqlite:///data/store.db or postgresql://user:password@host/name",
    "REDIS_URL": "an address like redis://host:6379/0",
    "TELEGRAM_API_URL": "an address like https://api.telegram.org",
    "WEBHOOK_URL": "the public https address of the shop, like https://shop.example",
    "WEBHOOK_SECRET": "1 to 256 letters, digits, _ and -",
    "PORT": "a port from 1 to 65535",
    "CATALOGUE_SYNC_SECONDS": "a number of seconds above 0",
    "STATUS_POLL_SECONDS": "a number of seconds above 0",
    "STATUS_POLL_LONGEST_SECONDS": "a number of seconds above 0",
    "STATUS_POLL_AGE_PERCENT": "a number from 0 to 100",
    "STATUS_POLL_ENDED_DAYS": "a number of days from 0 to 3650",
    "NOTICES_PER_SECOND": "a number above 0 and up to 1000",
    "LOG_LEVEL": "DEBUG, INFO, WARNING or ERROR",
    "LOG_FORMAT": "console or json",
}


class StartError(Exception):
    """The store cannot start: one line with the reason and the cure."""


class SettingsError(StartError):
    """A missing or wrong setting: one line with its name and its cure, and no secret in it."""


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:  # `port` raises ValueError
        raise ValueError("not an http(s) address")
    return value.rstrip("/")


WebAddress = Annotated[str, AfterValidator(_web_address)]


class Settings(BaseSettings):
    """Everything the owner decides outside the chat. Times are in seconds."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8-sig", env_ignore_empty=True, extra="ignore", frozen=True
    )

    bot_token: SecretStr
    panel_api_key: SecretStr
    panel_api_url: WebAddress = "https://nksmmpanel.site/api/v2"
    panel_link_field: Literal["url", "link", "both"] = "url"
    panel_comments_encoding: Literal["newline", "crlf", "urlencoded", "json"] = "newline"
    panel_timeout_seconds: float = Field(default=30, gt=0, le=80)
    panel_concurrency: int = Field(default=4, ge=1, le=100)
    panel_calls_per_second: float = Field(default=10, gt=0, le=1000)
    admin_ids: Annotated[tuple[int, ...], NoDecode] = ()
    markup_percent: Decimal = Field(default=Decimal(30), ge=0, le=10_000)
    star_value: Decimal | None = Field(default=None, gt=0, le=1_000_000)
    crypto_pay_token: SecretStr | None = None
    crypto_pay_url: WebAddress = "https://pay.crypt.bot"
    dripfeed_default: bool = False
    database_url: SecretStr = SecretStr("sqlite:///data/store.db")
    redis_url: SecretStr | None = None
    telegram_api_url: WebAddress = "https://api.telegram.org"
    webhook_url: WebAddress | None = None
    webhook_secret: SecretStr = SecretStr("")
    host: str = "0.0.0.0"  # noqa: S104 - a server behind a host's router listens on every address
    port: int | None = Field(default=None, ge=1, le=65535)
    catalogue_sync_seconds: float = Field(default=900, gt=0, allow_inf_nan=False)
    status_poll_seconds: float = Field(default=30, gt=0, allow_inf_nan=False)
    status_poll_longest_seconds: float = Field(default=1800, gt=0, allow_inf_nan=False)
    status_poll_age_percent: float = Field(default=5, ge=0, le=100)
    status_poll_ended_days: float = Field(default=30, ge=0, le=3650)
    notices_per_second: float = Field(default=25, gt=0, le=1000)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["console", "json"] = "console"

    @model_validator(mode="before")
    @classmethod
    def _trim(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Forgive the spaces and line ends of a paste; what was nothing else is not set."""
        trimmed = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
        return {name: value for name, value in trimmed.items() if value != ""}

    @field_validator("admin_ids", mode="before")
    @classmethod
    def _split_ids(cls, value: Any) -> Any:
        return [part for part in value.replace(" ", "").split(",") if part] if isinstance(value, str) else value

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value

    @field_validator("bot_token")
    @classmethod
    def _token(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"\d+:[\w-]+", value.get_secret_value(), re.ASCII):
            raise ValueError("not a bot token")
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _secret(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[\w-]{0,256}", value.get_secret_value(), re.ASCII):
            raise ValueError("not a webhook secret")
        return value

    @field_validator("crypto_pay_token")
    @classmethod
    def _header(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"\d+:[\w-]+", value.get_secret_value(), re.ASCII):
            raise ValueError("not a token of Crypto Pay")
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: SecretStr) -> SecretStr:
        try:
            normalise_url(value.get_secret_value())
        except Exception:
            raise ValueError("not a database the store knows") from None
        return value

    @field_validator("redis_url")
    @classmethod
    def _known_redis(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            parse_url(value.get_secret_value())  # raises ValueError
        return value

    @field_validator("webhook_url")
    @classmethod
    def _secure(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise ValueError("Telegram delivers to https only")
        if parts.query or parts.fragment:
            raise ValueError("/webhook is put behind it")
        return value

    @model_validator(mode="after")
    def _derive_secret(self) -> Self:
        """Derive what is not given from the token, so that several processes agree without talking."""
        secret = self.webhook_secret.get_secret_value()
        if not secret:
            token = self.bot_token.get_secret_value().encode()
            secret = hmac.new(token, b"webhook secret", hashlib.sha256).hexdigest()
            object.__setattr__(self, "webhook_secret", SecretStr(secret))
        return self

    @property
    def listen_port(self) -> int | None:
        """Where to listen: PORT, in webhook mode also the port of WEBHOOK_URL or 8080; None for nowhere."""
        if self.port is not None or self.webhook_url is None:
            return self.port
        return urlsplit(self.webhook_url).port or DEFAULT_WEBHOOK_PORT

    def secrets(self) -> tuple[str, ...]:
        """Return what must appear in no log, error or reply."""
        found = [self.bot_token, self.panel_api_key, self.webhook_secret]
        texts = {secret.get_secret_value() for secret in found}
        texts.add(self.bot_token.get_secret_value().partition(":")[2])
        if self.crypto_pay_token is not None:
            token = self.crypto_pay_token.get_secret_value()
            texts |= {token, token.partition(":")[2]}
        for url in (self.database_url, self.redis_url):
            # Not urlsplit: a password with # or / in it, as it is often pasted, would be cut there.
            password = re.match(r"[\w+]+://[^:@]*:(.*)@", url.get_secret_value()) if url else None
            texts |= {password[1], unquote(password[1])} if password else set()
        # The way addresses and forms spell them, too.
        return tuple(sorted({spelt for text in texts if text for spelt in (text, quote(text, safe=""))}))


def load_settings(**overrides: Any) -> Settings:
    """Return the settings of the environment and `.env`. Raises SettingsError, one line."""
    try:
        return Settings(**overrides)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f".env cannot be read ({type(error).__name__}): save it anew as plain UTF-8 text") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = str(first["loc"][0]).upper() if first["loc"] else "settings"
        wrong = "is missing" if first["type"] == "missing" else "is wrong"
        cure = CURES.get(name, str(first["msg"]).removeprefix("Value error, "))
        raise SettingsError(f"{name} {wrong}: set it to {cure}, in the environment or in .env") from None
