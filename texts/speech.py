"""What the shop says, in the customer's language: Fluent texts, outside words escaped, money, counts, times."""

from collections.abc import Generator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from html import escape
from pathlib import Path

from babel.dates import format_datetime, format_timedelta
from babel.numbers import format_currency, format_decimal
from fluent.runtime import AbstractResourceLoader, FluentLocalization
from fluent.syntax import FluentParser
from fluent.syntax.ast import Resource

LOCALES = Path(__file__).parent.parent / "locales"
FALLBACK = "en"


class Speech:
    """The shop speaking one language about one currency."""

    def __init__(self, language: str, texts: FluentLocalization, currency: str) -> None:
        """`language` is a folder of `locales/`; `currency` an ISO 4217 code."""
        self.language = language
        self.currency = currency
        self._texts = texts

    def __call__(self, key: str, **arguments: str | int) -> str:
        """Return a text as Telegram HTML: the words of `arguments` are escaped, the text's own tags are not."""
        safe = {
            name: escape(value, quote=False) if isinstance(value, str) else value for name, value in arguments.items()
        }
        return self._texts.format_value(key, safe)

    def label(self, key: str, **arguments: str | int) -> str:
        """Return a text as plain words, for buttons and answers to taps, which know no HTML."""
        return self._texts.format_value(key, arguments)

    def knows(self, key: str) -> bool:
        """Whether there is a text of this name."""
        return self._texts.format_value(key) != key

    def money(self, amount: Decimal) -> str:
        """Return an amount of the shop's currency as it is written in this language."""
        return format_currency(amount, self.currency, locale=self.language, currency_digits=False)

    def exact_money(self, amount: Decimal) -> str:
        """Return an amount with all of its decimal places, such as what a Star is worth."""
        return format_currency(
            amount, self.currency, locale=self.language, currency_digits=False, decimal_quantization=False
        )

    def units(self, units: Decimal, unit: str) -> str:
        """Return so much of the currency a way is paid in: `⭐ 385`, `5.25 USDT`."""
        if unit == "XTR":
            return f"⭐ {self.number(int(units))}"
        return f"{units.normalize():f} {unit}"

    def number(self, count: int) -> str:
        """Return a count with this language's digits and separators."""
        return format_decimal(count, locale=self.language)

    def duration(self, time: timedelta) -> str:
        """Return about how long something takes: `15 minutes`, `2 days`."""
        return format_timedelta(time, granularity="minute", locale=self.language)

    def clock(self, moment: datetime) -> str:
        """Return the time of day, in UTC because Telegram tells nobody's time zone."""
        return format_datetime(moment.astimezone(UTC), "HH:mm", locale=self.language) + " UTC"

    def day_and_clock(self, moment: datetime) -> str:
        """Return the day and the time, in UTC."""
        return format_datetime(moment.astimezone(UTC), "d MMM HH:mm", locale=self.language) + " UTC"


class _Files(AbstractResourceLoader):
    """Reads `locales/`; fluent.runtime's own loader leaves its files open."""

    def resources(self, locale: str, resource_ids: list[str]) -> Generator[list[Resource], None, None]:
        paths = [LOCALES / locale / name for name in resource_ids]
        yield [FluentParser().parse(path.read_text("utf-8")) for path in paths if path.exists()]


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that have texts, the fallback first."""
    found = sorted(folder.name for folder in LOCALES.iterdir() if any(folder.glob("*.ftl")))
    return (FALLBACK, *(language for language in found if language != FALLBACK))


@cache
def _texts(language: str) -> FluentLocalization:
    files = sorted(path.name for path in (LOCALES / FALLBACK).glob("*.ftl"))
    return FluentLocalization(list(dict.fromkeys((language, FALLBACK))), files, _Files())


@lru_cache(maxsize=64)
def speak(wishes: Sequence[str | None], currency: str) -> Speech:
    """Return the shop's voice in the first of `wishes` (language tags such as "pt-br" or None) that it knows."""
    for wish in wishes:
        if not wish:
            continue
        tag = wish.replace("-", "_").lower()
        for language in languages():
            if language.lower() == tag or language.lower().split("_")[0] == tag.split("_")[0]:
                return Speech(language, _texts(language), currency)
    return Speech(FALLBACK, _texts(FALLBACK), currency)
