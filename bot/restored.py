"""`python -m bot restored`: makes a database that was brought back from a backup safe to go on with."""

from collections.abc import Callable

from bot.mark import Mark
from db.engine import Database
from db.tables import utc_now
from shop.policy import Policy
from shop.restoring import hold_back

Say = Callable[[str], None]


async def restored(db: Database, mark: Mark, owners: tuple[int, ...], say: Say, *, moved: bool) -> None:
    """Hold back what waited in the database, unless it was only `moved`, and take it for the one to go on with."""
    if not moved:
        async with db.begin() as session:
            held = await hold_back(session, Policy(owners=owners), utc_now())
        say(f"{len(held.orders)} orders are being checked now" + _listed(held.orders))
        say(f"{held.notices} unsent messages were dropped")
    await mark.accept()
    say("The store can be started. Look at docs/operations.md, Restore, for what only you can mend.")


def _listed(ids: tuple[int, ...]) -> str:
    return f": {', '.join(map(str, ids))}" if ids else ""
