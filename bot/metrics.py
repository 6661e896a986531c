"""What the store counts about itself, for `/metrics`; no names and no secrets among the labels.

Counters and histograms are of this process; gauges are of the store, the same whichever process is asked.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from time import perf_counter
from typing import Any

from aiogram import BaseMiddleware, Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.dispatcher.event.bases import UNHANDLED
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import TelegramMethod
from aiogram.methods.base import Response, TelegramType
from aiogram.types import TelegramObject, Update
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from shop.errors import ShopError
from shop.figures import Figures

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics(BaseMiddleware):
    """The figures of one process, with a registry of their own; as a middleware it times every update."""

    def __init__(self) -> None:
        """Start at nought."""
        self.registry = CollectorRegistry()
        self.updates = self._counter("store_updates", "Updates by kind and result", "kind", "result")
        self.seconds = Histogram(
            "store_update_seconds", "Time to handle an update", ["kind"], buckets=SECONDS, registry=self.registry
        )
        self.panel_calls = self._counter("store_panel_calls", "Calls of the panel", "action", "result")
        self.telegram_calls = self._counter("store_telegram_calls", "Calls of Telegram", "method", "result")
        self.loop_failures = self._counter("store_loop_failures", "Failed steps of the loops", "loop")
        self.services = self._gauge("store_services_on_sale", "Services on sale")
        self.orders = self._gauge("store_orders", "Orders by state", "state")
        self.oldest = self._gauge("store_oldest_seconds", "How long the oldest that waits has waited", "what")
        self.notices = self._gauge("store_notices_waiting", "Messages waiting to be sent")
        self.paused = self._gauge("store_submission_paused", "1 while no order is sent, by reason", "reason")
        self.panel_unseen = self._gauge("store_panel_unseen_seconds", "Since the panel last answered any process")
        self.wrong_wallets = self._gauge("store_wallets_wrong", "Wallets that are not the sum of their entries")
        self.counted = self._gauge("store_wallets_proved_seconds", "Since the wallets were last proved")

    def _counter(self, name: str, says: str, *labels: str) -> Counter:
        return Counter(name, says, labels, registry=self.registry)

    def _gauge(self, name: str, says: str, *labels: str) -> Gauge:
        return Gauge(name, says, labels, registry=self.registry)

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        """Count and time one update."""
        kind = event.event_type if isinstance(event, Update) else "other"
        began = perf_counter()
        result = "failed"
        try:
            answer = await handler(event, data)
            result = "ignored" if answer is UNHANDLED else "handled"
            return answer
        except ShopError:
            result = "refused"  # what was asked is not possible, and the customer is told why
            raise
        finally:
            self.updates.labels(kind, result).inc()
            self.seconds.labels(kind).observe(perf_counter() - began)

    def count_failure(self, loop: str) -> None:
        """Count a failed step of the loop."""
        self.loop_failures.labels(loop).inc()

    def show(self, figures: Figures, now: datetime) -> None:
        """Bring the gauges up to date."""
        for state, count in figures.orders.items():
            self.orders.labels(state).set(count)
        for what, seconds in figures.oldest.items():
            self.oldest.labels(what).set(seconds)
        self.notices.set(figures.notices)
        self.paused.clear()
        if figures.pause is not None:
            self.paused.labels(figures.pause).set(1)
        if figures.panel_seen_at is not None:
            self.panel_unseen.set((now - figures.panel_seen_at).total_seconds())
        if figures.counted is not None:
            for ended, count in figures.counted.ended.items():
                self.orders.labels(ended).set(count)
            self.wrong_wallets.set(figures.counted.wrong_wallets)
            self.counted.set((now - figures.counted.at).total_seconds())

    def text(self) -> bytes:
        """Return the figures in Prometheus' text form."""
        return generate_latest(self.registry)


class CallsOfTelegram(BaseRequestMiddleware):
    """Counts what the bot asks of Telegram: messages unasked, answers, updates polled."""

    def __init__(self, metrics: Metrics) -> None:
        """Count there."""
        self._calls = metrics.telegram_calls

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        """Count one call."""
        result = "failed"
        try:
            response = await make_request(bot, method)
            result = "ok"
            return response
        except (TelegramAPIError, ClientDecodeError) as error:
            result = _result_of(error)
            raise
        finally:
            self._calls.labels(method.__api_method__, result).inc()


def _result_of(error: Exception) -> str:
    match error:
        case TelegramRetryAfter():
            return "retry_after"
        case TelegramForbiddenError():
            return "forbidden"
        case TelegramNetworkError() | TelegramServerError() | ClientDecodeError():
            return "unreachable"
        case _:
            return "refused"
