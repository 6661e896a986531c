"""The stretches of time that statements and books are asked for, in UTC."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, true


class Period(StrEnum):
    """What can be chosen."""

    TODAY = "today"
    WEEK = "week"  # the last 7 days
    MONTH = "month"  # this one
    LAST_MONTH = "last-month"
    QUARTER = "quarter"  # the last 90 days
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` (None: from the beginning) until `end`, which is no longer in it."""

    start: datetime | None
    end: datetime

    def holds(self, moment: Any) -> ColumnElement[bool]:
        """Return the condition that a column's moment is in it."""
        return and_(moment < self.end, true() if self.start is None else moment >= self.start)


def span_of(period: Period, now: datetime) -> Span:
    """Return the period's bounds as of `now`, which ends those that still run."""
    month = start_of_month(now)
    match period:
        case Period.TODAY:
            return Span(now.replace(hour=0, minute=0, second=0, microsecond=0), now)
        case Period.WEEK:
            return Span(now - timedelta(days=7), now)
        case Period.MONTH:
            return Span(month, now)
        case Period.LAST_MONTH:
            return Span(months_before(month, 1), month)
        case Period.QUARTER:
            return Span(now - timedelta(days=90), now)
        case Period.ALL:
            return Span(None, now)


def start_of_month(moment: datetime) -> datetime:
    """Return when the month of a moment (UTC) began."""
    return moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def months_before(month: datetime, count: int) -> datetime:
    """Return the start of the month `count` months before (after, if negative) the one that starts at `month`."""
    years, number = divmod(month.year * 12 + month.month - 1 - count, 12)
    return month.replace(year=years, month=number + 1)
