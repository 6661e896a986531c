"""One run: the store between its sandboxes, people at it, kills; then quiet, and the books compared."""

import asyncio
import os
import random
import re
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from time import monotonic

import asyncpg
from redis.asyncio import Redis
from sqlmodel import col, update

from db.engine import Database
from db.tables import EntryKind, Order, RefundState, utc_now
from db.upgrade import migrate
from sandbox.panel import SandboxOrder, SandboxPanel
from sandbox.telegram import SandboxTelegram
from tests import books
from tests.chaos.people import Buyer, Owner
from tests.chaos.plan import PANEL_CHANCES, TELEGRAM_CHANCES, Plan, draw
from tests.conftest import POSTGRES, REDIS
from tests.e2e.conftest import OWNER, PANEL_KEY, TOKEN, free_port
from tests.e2e.forked import StoreProcess
from tests.e2e.paying import no_news, send_back_elsewhere
from tests.e2e.proxy import Proxy

SECRET = "chaos-webhook-secret"
REDIS_DATABASE = 7
CALM_SECONDS = 5.0
LONGEST_CALM = 240.0
UNANSWERED = "answerPreCheckoutQuery: not answered within"  # by a process that was killed meanwhile
# A run lasts minutes: the store's waits are shorter than in a shop, in the same order of length.
PATIENCE = {
    "shop.submission.LONGEST_CALL_SECONDS": 13,
    "shop.submission.LEASE": 16,
    "shop.pauses.FIRST_PAUSE_SECONDS": 0.5,
    "shop.pauses.LONGEST_PAUSE_SECONDS": 3,
    "shop.submission.LINK_BUSY_SECONDS": 2,
    "shop.notices.LEASE": 10,
    "shop.returns.REFUND_LEASE": 8,
    "ways.star_account.EVERY": 2,
    "ways.star_account.LEASE": 8,
    "shop.searching.SETTLE": 3,
    "shop.searching.AGAIN": 1,
    "shop.searching.RELOOK": 4,
    "shop.searching.LEASE": 10,
    "shop.searching.PATIENCE": 40,
    "shop.searching.PROBES_A_MINUTE": 240,
    "shop.pauses.LOOK_LEASE_SECONDS": 6,
    "bot.worker.SEARCH_IDLE_SECONDS": 0.3,
    "bot.notifier.TIMEOUT_SECONDS": 3,
    "bot.worker.ABANDONED_EVERY_SECONDS": 1,
    "bot.worker.LONGEST_AFTER_FAILURE_SECONDS": 4,
}


@dataclass
class Report:
    """What was done, and what broke."""

    counts: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def text(self) -> str:
        """Return it for people."""
        done = ", ".join(f"{count} {what}" for what, count in self.counts.items())
        if not self.broken:
            return f"{done}\nThe books agree: none twice, none lost, 0.000000 astray."
        return "\n".join([done, f"{len(self.broken)} things are wrong:", *(f"- {line}" for line in self.broken)])


class Run:
    """The parts of one run."""

    def __init__(
        self, plan: Plan, stores: list[StoreProcess], db: Database, panel: SandboxPanel, telegram: SandboxTelegram
    ) -> None:
        self.plan = plan
        self.stores = stores
        self.db = db
        self.panel = panel
        self.telegram = telegram
        self.report = Report()
        self.owner = Owner(telegram.person(OWNER, first_name="Olga"), plan.seed)
        self.buyers = [
            Buyer(telegram.person(number, first_name=f"Customer {number}"), telegram, self.owner)
            for number in plan.wishes
        ]

    async def go(self, minutes: float) -> Report:
        """Let it run so long, or until enough has happened, let it come to rest, and compare."""
        stop = asyncio.Event()
        await self.owner.person.send("/start")
        self.panel.misbehave(PANEL_CHANCES, self.plan.seed)
        self.telegram.misbehave(TELEGRAM_CHANCES, self.plan.seed)
        self.telegram.rate_limits = True
        async with asyncio.TaskGroup() as tasks:
            living = [tasks.create_task(buyer.live(self.plan, stop)) for buyer in self.buyers]
            works = (self.owner.work(), self._kill(), self._deliver(), self._send_back())
            others = [tasks.create_task(work) for work in works]
            await asyncio.sleep(minutes * 60)
            await self._lengthen(4 * minutes * 60)
            stop.set()
            await asyncio.wait(living, timeout=60)
            for task in (*living, *others):
                task.cancel()
        await self._come_to_rest()
        await self._compare()
        return self.report

    async def _lengthen(self, longest: float) -> None:
        """Let a busy machine go on, at most so many seconds, until enough has happened to prove something."""
        end = monotonic() + longest
        while monotonic() < end:
            if self._proves_something(await books.read_books(self.db)):
                return
            await asyncio.sleep(5)

    def _proves_something(self, kept: books.Books) -> bool:
        return len(kept.orders) >= len(self.buyers) and self.report.counts["kills"] > 0

    async def _kill(self) -> None:
        """Kill -9 one process after another, each at once started again."""
        for pause, number in self.plan.kills:
            await asyncio.sleep(pause)
            store = self.stores[number]
            await self._expect_alive(store)
            await store.kill()
            await store.start()
            self.report.counts["kills"] += 1

    async def _expect_alive(self, store: StoreProcess) -> None:
        if not store.alive:
            self.report.broken.append(f"{store.log.stem} ended by itself, see its log")
            await store.start()

    async def _deliver(self) -> None:
        """Let the panel's orders end as they are fated to."""
        seen: dict[str, float] = {}
        while True:
            now = monotonic()
            for there in list(self.panel.orders.values()):
                fate = self.plan.fate(there.id)
                age = now - seen.setdefault(there.id, now)
                if not there.standing().ended and age > fate.life:
                    self._end(there)
                elif fate.changes_its_mind and there.status == "Completed" and age > fate.life + 5:
                    self.panel.finish(there.id, "Partial", remains=int(there.quantity * fate.left))
            await asyncio.sleep(0.3)

    async def _send_back(self) -> None:
        """Let Telegram send a payment back now and then, as its support does; not always does an update tell of it."""
        drawn = random.Random(self.plan.seed)
        while True:
            await asyncio.sleep(drawn.uniform(3, 9))
            charges = [charge for charge, each in self.telegram.world.star_charges.items() if not each["refunded"]]
            if charges:
                charge = drawn.choice(charges)
                news = no_news(self.telegram) if drawn.random() < 0.5 else nullcontext()
                with news:
                    await send_back_elsewhere(
                        self.telegram, self.telegram.world.star_charges[charge]["user"].id, charge
                    )

    def _end(self, there: SandboxOrder) -> None:
        fate = self.plan.fate(there.id)
        left = {"Completed": 0, "Partial": int(there.quantity * fate.left)}.get(fate.status)
        self.panel.finish(there.id, fate.status, remains=left)

    async def _come_to_rest(self) -> None:
        """Faults off, every order at its end; wait until nothing is under way, and stays so for a while."""
        self.panel.clear_faults()
        self.telegram.clear_faults()
        for store in self.stores:
            await self._expect_alive(store)
        calm_since = None
        left: list[str] = []
        end = monotonic() + LONGEST_CALM
        while monotonic() < end:
            for there in self.panel.orders.values():
                if not there.standing().ended:
                    self._end(there)
            self.panel.pace = 0
            left = await books.unsettled(self.db, self.panel, self.telegram)
            left += books.still_looked_for(await books.read_books(self.db))
            left += [f"an update to {chat}" for chat in self.telegram.world.updates.pending[:3]]
            if left:
                calm_since = None
                await self._look_soon()
            elif calm_since is None:
                calm_since = monotonic()
            elif monotonic() - calm_since > CALM_SECONDS:
                return
            await asyncio.sleep(1)
        self.report.broken += [f"still under way after {LONGEST_CALM:g} seconds: {what}" for what in left]

    async def _look_soon(self) -> None:
        """Let the time come at which ended orders are looked at once more."""
        later = utc_now() + timedelta(seconds=5)
        async with self.db.begin() as session:
            ended = col(Order.panel_order_id).is_not(None) & (col(Order.next_look_at) > later)
            await session.exec(update(Order).where(ended).values(next_look_at=utc_now()))

    async def _compare(self) -> None:
        report = self.report
        deaf = {buyer.person.id for buyer in self.buyers if buyer.has_blocked}
        report.broken += await books.compare(self.db, self.panel, self.telegram, owners=[OWNER], deaf=deaf)
        kept = await books.read_books(self.db)
        report.broken += self._broken_promises(kept)
        report.broken += self._wrong_credits(kept)
        unanswered = [violation for violation in self.telegram.violations if UNANSWERED in violation]
        report.broken += [
            f"Bot API: {violation}" for violation in self.telegram.violations if UNANSWERED not in violation
        ]
        if len(unanswered) > report.counts["kills"]:
            report.broken.append(f"{len(unanswered)} questions before a payment were not answered")
        for store in self.stores:
            logged = store.log.read_text()
            report.broken += [f"a traceback in {store.log.name}"] * ("Traceback" in logged)
            for secret in (TOKEN, TOKEN.partition(":")[2], PANEL_KEY, SECRET):
                report.broken += [f"a secret in {store.log.name}"] * (secret in logged)
        report.counts["payments in Stars"] = len(kept.payments)
        report.counts["sent back"] = sum(payment.refund_state is RefundState.DONE for payment in kept.payments)
        report.counts["orders confirmed"] = len(kept.orders)
        report.counts["orders at the panel"] = len(self.panel.orders)
        for state, count in Counter(order.state for order in kept.orders).items():
            report.counts[state.value] = count
        report.counts["faults of the panel"] = sum(call.fault is not None for call in self.panel.calls)
        report.counts["updates"] = len(self.telegram.world.updates.sent)
        report.counts["journeys given up"] = sum(buyer.gave_up for buyer in self.buyers)
        if not self._proves_something(kept):
            report.broken.append("hardly anything happened: the run proves nothing")

    def _broken_promises(self, kept: books.Books) -> list[str]:
        """Whoever was told that an order is in line has that order."""
        owners = {order.id: order.customer_id for order in kept.orders}
        told = [
            (int(found[1]), query.user.id)
            for query in self.telegram.world.queries.values()
            for answer in query.answers
            if (found := re.match(r"Order (\d+) is (?:already )?placed", answer.get("text") or ""))
        ]
        told += [
            (int(found[1]), message.chat.id)
            for message in self.telegram.world.messages()
            if message.chat.id != OWNER and (found := re.match(r"Order (\d+) ·", message.text))
        ]
        self.report.counts["promises"] = len(set(told))
        return [
            f"{whom} was told of order {number}, which is not theirs"
            for number, whom in set(told)
            if owners.get(number) != whom
        ]

    def _wrong_credits(self, kept: books.Books) -> list[str]:
        """Each credit is one message of the owner's, to whom and as much as it says."""
        sent = {f"credit:{OWNER}:{message}": said for message, said in self.owner.sent.items()}
        by_hand = [entry for entry in kept.entries if entry.kind is EntryKind.ADJUSTMENT]
        made = [entry for entry in by_hand if entry.payment_id is None]
        self.report.counts["credits"] = len(made)
        return [
            f"the credit {entry.key} of {entry.amount} to {entry.customer_id} was never asked for"
            for entry in made
            if sent.get(entry.key) != (entry.customer_id, entry.amount)
        ]


@asynccontextmanager
async def open_run(seed: int, minutes: float, mode: str, logs: Path) -> AsyncIterator[Run]:
    """Set a run up and take it down: one process on SQLite, or two webs and three workers on PostgreSQL and Redis."""
    many = mode == "many"
    plan = draw(seed, minutes, customers=20 if many else 10, processes=5 if many else 1)
    webs = [free_port(), free_port()] if many else [free_port()]
    async with (
        SandboxPanel(key=PANEL_KEY) as panel,
        SandboxTelegram(token=TOKEN) as telegram,
        Proxy(webs) as proxy,
        _database(logs, many=many) as db,
    ):
        environment = {
            "PATH": os.environ["PATH"],
            "BOT_TOKEN": TOKEN,
            "PANEL_API_KEY": PANEL_KEY,
            "PANEL_API_URL": panel.url,
            "TELEGRAM_API_URL": telegram.url,
            "DATABASE_URL": db.url.set(drivername=db.dialect).render_as_string(hide_password=False),
            "ADMIN_IDS": str(OWNER),
            "STATUS_POLL_SECONDS": "0.5",
            "CATALOGUE_SYNC_SECONDS": "5",
            "PANEL_CALLS_PER_SECOND": "50",
            "PANEL_TIMEOUT_SECONDS": "2",
            "HOST": "127.0.0.1",
        }
        if many:
            environment |= {
                "WEBHOOK_URL": f"http://127.0.0.1:{proxy.port}",
                "WEBHOOK_SECRET": SECRET,
                "REDIS_URL": f"{REDIS}/{REDIS_DATABASE}",
            }
        commands = ["web", "web", "worker", "worker", "worker"] if many else ["run"]
        stores = [
            StoreProcess(
                environment | ({"PORT": str(webs[number])} if number < len(webs) else {}),
                logs / f"{command}-{number}.log",
                command,
                PATIENCE,
            )
            for number, command in enumerate(commands)
        ]
        for store in reversed(stores):
            await store.start()
        for store in stores[: len(webs)]:
            await store.ready()
        yield Run(plan, stores, db, panel, telegram)
        for store in stores:
            await store.end(signal.SIGTERM)


@asynccontextmanager
async def _database(logs: Path, *, many: bool) -> AsyncIterator[Database]:
    """Make an empty database of this version, and for many processes an empty Redis."""
    name = f"storefront_chaos_{os.getpid()}"
    if not many:
        url = f"sqlite:///{logs}/store.db"
    else:
        redis = Redis.from_url(f"{REDIS}/{REDIS_DATABASE}")
        await redis.flushdb()
        await redis.aclose()
        server = await asyncpg.connect(POSTGRES, timeout=5)
        await server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await server.execute(f"CREATE DATABASE {name}")
        await server.close()
        url = f"{POSTGRES.rsplit('/', 1)[0]}/{name}"
    db = Database(url)
    try:
        await migrate(db)
        yield db
    finally:
        await db.close()
        if many:
            server = await asyncpg.connect(POSTGRES, timeout=5)
            with suppress(asyncpg.PostgresError):
                await server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            await server.close()
