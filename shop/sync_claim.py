"""Which worker reads the panel's catalogue, and when: one at a time over all of them, claimed in the database."""

from datetime import datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from db.tables import Service
from shop import facts

# A worker that died in the middle keeps the others waiting for so long. One that is still reading renews its lease.
LEASE = timedelta(seconds=20)
RENEW_SECONDS = 5.0
LONGEST_AFTER_FAILURE = timedelta(seconds=60)


async def is_due(session: AsyncSession, now: datetime, every: timedelta, *, source: str, starting: bool) -> bool:
    """Whether a sync is to be made now, by whoever claims it first.

    That is `every` so often, sooner after a failure (ever more seldom if it fails again), and once the lease of one
    under way has run out. For a worker that is `starting` also at once when there is nothing on sale, or when what is
    there came from another `source`: another panel, another account, other settings.
    """
    last = await facts.read(session, facts.SYNC_CLAIM)
    if last is None:
        return True
    if last["until"] is not None:
        return datetime.fromisoformat(last["until"]) <= now
    if starting and (last["source"] != source or await _is_empty(session)):
        return True
    if last["failures"]:
        every = min(every, timedelta(seconds=2 ** min(last["failures"], 10)), LONGEST_AFTER_FAILURE)
    return datetime.fromisoformat(last["at"]) + every <= now


async def claim(
    session: AsyncSession, worker: str, now: datetime, every: timedelta, *, source: str, starting: bool
) -> bool:
    """Take the sync for `worker`, whose name is its own; return whether it was still to be taken (see `is_due`)."""
    last = await facts.lock(session, facts.SYNC_CLAIM)
    if not await is_due(session, now, every, source=source, starting=starting):
        return False
    failures = last["failures"] if last else 0
    times = {"at": now.isoformat(), "until": (now + LEASE).isoformat()}
    taken = {"by": worker, "source": source, "failures": failures, **times}
    await facts.write(session, facts.SYNC_CLAIM, taken, now)
    return True


async def renew(session: AsyncSession, worker: str, now: datetime) -> None:
    """Prolong the lease of a sync that is still under way."""
    last = await facts.lock(session, facts.SYNC_CLAIM)
    if last and last["by"] == worker and last["until"] is not None:
        await facts.write(session, facts.SYNC_CLAIM, last | {"until": (now + LEASE).isoformat()}, now)


async def finish(session: AsyncSession, worker: str, now: datetime, *, failed: bool = False) -> None:
    """Give the claim back. After a failure the time until the next sync runs from now."""
    last = await facts.lock(session, facts.SYNC_CLAIM)
    if last and last["by"] == worker:
        outcome = {"failures": last["failures"] + 1, "at": now.isoformat()} if failed else {"failures": 0}
        await facts.write(session, facts.SYNC_CLAIM, last | outcome | {"until": None}, now)


async def _is_empty(session: AsyncSession) -> bool:
    return (await session.exec(select(Service.id).where(col(Service.gone_at).is_(None)).limit(1))).first() is None
