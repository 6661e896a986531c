"""Column types that keep money exact and times aware, on SQLite and PostgreSQL alike."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, DateTime, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

MICROS_IN_ONE = 1_000_000
TOO_MUCH = 10**12  # in 10^-6 it still fits a BIGINT
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Micros(TypeDecorator[Decimal]):
    """An amount of the shop's currency: a Decimal in code, an integer of 10^-6 in the database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Refuse what is not exact: floats, more than six places, more than a column holds. Raises ValueError."""
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (Decimal, int)):
            raise ValueError(f"an amount is a Decimal, not {type(value).__name__}")
        if not Decimal(value).is_finite() or abs(value) >= TOO_MUCH:
            raise ValueError("an amount is a number of at most twelve digits before the point")
        # In integers: Decimal's own arithmetic would round what is longer than its context.
        numerator, denominator = value.as_integer_ratio()
        micros, rest = divmod(numerator * MICROS_IN_ONE, denominator)
        if rest:
            raise ValueError("an amount has at most six decimal places")
        return micros

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Return the stored integer as an amount."""
        return None if value is None else Decimal(int(value)) / MICROS_IN_ONE  # 19 digits: within the context's 28


class ExactDecimal(TypeDecorator[Decimal]):
    """A number of the panel's, kept digit for digit as text; it is read, never summed in SQL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        """Refuse floats, and what is no number. Raises ValueError."""
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (Decimal, int)):
            raise ValueError(f"a panel's number is a Decimal, not {type(value).__name__}")
        if not Decimal(value).is_finite():
            raise ValueError("a panel's number is finite")
        return format(Decimal(value), "f")

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Return the number as the panel wrote it."""
        return None if value is None else Decimal(value)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC: timestamptz on PostgreSQL, microseconds since 1970 on SQLite, which knows no times."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose how the database keeps it."""
        kept: TypeEngine[Any] = BigInteger() if dialect.name == "sqlite" else DateTime(timezone=True)
        return dialect.type_descriptor(kept)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse naive times. Raises ValueError."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        if dialect.name == "sqlite":
            return (value - EPOCH) // timedelta(microseconds=1)
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return EPOCH + timedelta(microseconds=value)
        return value.astimezone(UTC)  # type: ignore[no-any-return]  # asyncpg hands out datetimes
