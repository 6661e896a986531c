"""The loops behind the counter: submitting, tracking, telling, syncing. Each survives its failures and stops by event.

Nothing in a loop's memory is needed for correctness; every step is claimed in the database (see `shop`).
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from uuid import uuid4

import structlog
from aiogram.exceptions import AiogramError

from bot.notifier import Notifier
from db.engine import UNAVAILABLE, Database
from db.tables import utc_now
from panel import PanelClient, PanelError
from shop import facts, pauses, searching, stock, submission, sync_claim, tracking
from shop.catalogue import CatalogueMemory
from shop.policy import Policy

log = structlog.get_logger(__name__)

IDLE_SECONDS = 0.5
AFTER_FAILURE_SECONDS = 1.0
LONGEST_AFTER_FAILURE_SECONDS = 60.0
SUBMISSION_LANES = 4
ABANDONED_EVERY_SECONDS = 10.0
PAUSE_CHECK_SECONDS = 1.0
SEARCH_IDLE_SECONDS = 5.0
LONGEST_LOOK_SECONDS = 5.0

Step = Callable[[], Awaitable[bool]]
Failed = Callable[[str], None]


class Worker:
    """The store's loops over one database, one panel and one bot."""

    def __init__(
        self,
        db: Database,
        panel: PanelClient,
        notifier: Notifier,
        catalogue: CatalogueMemory,
        policy: Policy,
        *,
        sync_seconds: float,
        source: str,
        dripfeed_default: bool = False,
        failed: Failed = lambda _loop: None,
    ) -> None:
        """`sync_seconds` lie between two readings of the panel's catalogue, by whichever worker.

        `source` says in a word where the catalogue comes from: it differs where another panel or account is read.
        `failed` is told of a loop's failures.
        """
        self._db = db
        self._panel = panel
        self._notifier = notifier
        self._catalogue = catalogue
        self._policy = policy
        self._name = uuid4().hex
        self._sync_every = timedelta(seconds=sync_seconds)
        self._source = f"{source} {dripfeed_default}"
        self._starting = True
        self._syncing = False
        self._dripfeed_default = dripfeed_default
        self._failed = failed

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; the step in hand is finished first."""
        look_idle = min(IDLE_SECONDS, max(self._policy.poll_seconds / 4, 0.05))
        again = partial(repeat, stop=stop, failed=self._failed)
        async with asyncio.TaskGroup() as loops:
            for lane in range(SUBMISSION_LANES):
                loops.create_task(again(f"submission-{lane}", self._submit, IDLE_SECONDS))
            loops.create_task(again("abandoned", self._park_abandoned, ABANDONED_EVERY_SECONDS))
            loops.create_task(again("pause", self._look_at_pause, PAUSE_CHECK_SECONDS))
            loops.create_task(again("search", self._search, SEARCH_IDLE_SECONDS))
            loops.create_task(again("tracking", self._track, look_idle))
            loops.create_task(again("notices", self._tell, IDLE_SECONDS / 2))
            look_sync = min(self._sync_every.total_seconds(), LONGEST_LOOK_SECONDS)
            loops.create_task(again("sync", self._sync, look_sync))
            loops.create_task(again("sync-lease", self._renew_sync, sync_claim.RENEW_SECONDS))

    async def _submit(self) -> bool:
        return await submission.submit_next(self._db, self._panel, self._policy) is not None

    async def _park_abandoned(self) -> bool:
        await submission.park_abandoned(self._db, self._policy, utc_now())
        return False

    async def _look_at_pause(self) -> bool:
        return await pauses.look(self._db, self._panel, self._policy)

    async def _search(self) -> bool:
        return await searching.search_round(self._db, self._panel, self._policy)

    async def _track(self) -> bool:
        return await tracking.look_round(self._db, self._panel, self._policy) > 0

    async def _tell(self) -> bool:
        return await self._notifier.round(utc_now()) > 0

    async def _sync(self) -> bool:
        if not await self._claim_sync():
            return False
        self._syncing = True
        try:
            await sync(self._db, self._panel, dripfeed_default=self._dripfeed_default)
        except Exception:
            await self._finish_sync(failed=True)
            raise
        finally:
            self._syncing = False
        await self._finish_sync()
        await self._catalogue.refresh(self._db)
        return False

    async def _claim_sync(self) -> bool:
        every, starting = self._sync_every, self._starting
        async with self._db.read() as session:
            due = await sync_claim.is_due(session, utc_now(), every, source=self._source, starting=starting)
        if due:  # mostly it is not, and no write lock is taken
            async with self._db.begin() as session:
                due = await sync_claim.claim(
                    session, self._name, utc_now(), every, source=self._source, starting=starting
                )
        self._starting = False
        return due

    async def _renew_sync(self) -> bool:
        if self._syncing:
            async with self._db.begin() as session:
                await sync_claim.renew(session, self._name, utc_now())
        return False

    async def _finish_sync(self, *, failed: bool = False) -> None:
        async with self._db.begin() as session:
            await sync_claim.finish(session, self._name, utc_now(), failed=failed)


async def sync(db: Database, panel: PanelClient, *, dripfeed_default: bool = False) -> stock.SyncReport:
    """Take in the panel's catalogue and its currency. Raises PanelError; then nothing has changed."""
    rows = await panel.services()
    report = await stock.take_in(db, rows, dripfeed_default=dripfeed_default)
    log.info(
        "catalogue.synced",
        seen=report.seen,
        new=len(report.new),
        changed=len(report.changed),
        gone=len(report.gone),
        returned=len(report.returned),
        skipped=len(report.skipped),
    )
    balance = await panel.balance()
    async with db.read() as session:
        known = await facts.read(session, facts.CURRENCY)
    if balance.currency and balance.currency != known:
        async with db.begin() as session:
            await facts.write(session, facts.CURRENCY, balance.currency)
    return report


async def repeat(
    name: str,
    step: Step,
    idle_seconds: float,
    stop: asyncio.Event,
    failed: Failed = lambda _loop: None,
) -> None:
    """Run `step` again and again: at once while it says there was work, after `idle_seconds` otherwise.

    A failure of the panel, Telegram or the database is waited out, ever longer; any other is logged whole and waited
    out too, because a store that stands still loses more than one that complains.
    """
    failures = 0
    while not stop.is_set():
        try:
            worked = await step()
        except Exception as error:
            failures += 1
            failed(name)
            expected = isinstance(error, (PanelError, AiogramError, *UNAVAILABLE))
            log.warning("loop.failed", loop=name, error=repr(error), exc_info=None if expected else error)
            wait = min(AFTER_FAILURE_SECONDS * 2 ** (failures - 1), LONGEST_AFTER_FAILURE_SECONDS)
            await _rest(wait * random.uniform(1.0, 1.3), stop)  # noqa: S311 - spreads load, guards nothing
        else:
            failures = 0
            if not worked:
                await _rest(idle_seconds, stop)


async def _rest(seconds: float, stop: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        pass
