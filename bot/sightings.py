"""When the panel last answered: seen by the client of one process, kept in the database for all of them."""

from datetime import datetime

from bot.metrics import Metrics
from db.engine import Database
from db.tables import utc_now
from shop import facts

# How `panel.client` words a call that brought no answer.
NO_ANSWER = {"unavailable", "not_sent", "unknown"}
WRITE_EVERY_SECONDS = 5.0


class PanelSightings:
    """What the panel's client tells of its calls; `write` keeps the last answer, at most once in a while."""

    def __init__(self, metrics: Metrics) -> None:
        """Calls are counted in `metrics`."""
        self._metrics = metrics
        self._seen_at: datetime | None = None
        self._written: datetime | None = None

    def note(self, action: str, result: str) -> None:
        """Take in one call; the panel's refusal is an answer too."""
        self._metrics.panel_calls.labels(action, result).inc()
        if result not in NO_ANSWER:
            self._seen_at = utc_now()

    async def write(self, db: Database) -> None:
        """Keep the last answer in the database, if there is a new one."""
        seen_at = self._seen_at
        if seen_at is None or seen_at == self._written:
            return
        async with db.begin() as session:
            await facts.write(session, facts.PANEL_SEEN, seen_at.isoformat(), seen_at)
        self._written = seen_at
