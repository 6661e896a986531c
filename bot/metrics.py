"""What the store counts about itself, for `/metrics`; no names and no secrets among the labels."""

from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import TelegramObject, Update
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Metrics(BaseMiddleware):
    """The counters of one process, with a registry of their own; as a middleware it times every update."""

    def __init__(self) -> None:
        """Start at nought."""
        self.registry = CollectorRegistry()
        self.updates = Counter("store_updates", "Updates handled", ["kind", "outcome"], registry=self.registry)
        self.seconds = Histogram("store_update_seconds", "Time to handle an update", registry=self.registry)
        self.orders = Gauge("store_orders", "Orders by state", ["state"], registry=self.registry)
        self.notices = Gauge("store_notices_waiting", "Messages waiting to be sent", registry=self.registry)
        self.services = Gauge("store_services_on_sale", "Services on sale", registry=self.registry)

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        """Count and time one update."""
        kind = event.event_type if isinstance(event, Update) else "other"
        began = perf_counter()
        outcome = "failed"
        try:
            result = await handler(event, data)
            outcome = "handled"
            return result
        finally:
            self.updates.labels(kind, outcome).inc()
            self.seconds.observe(perf_counter() - began)

    def text(self) -> bytes:
        """Return the figures in Prometheus' text form."""
        return generate_latest(self.registry)
