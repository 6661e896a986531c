"""What a run will do, drawn from its seed before it begins: who orders what, what is killed when, what fails."""

import random
from dataclasses import dataclass
from decimal import Decimal

from sandbox.panel import Fault, PanelFault
from sandbox.telegram import TelegramFault

CHANCE = 0.012  # of each of the panel's faults, for each call
FIRST_CUSTOMER = 2001

REFUSALS = (
    "Not enough funds on balance",
    "Bad link",
    "Quantity less than minimal 200",
    "Incorrect service ID",
    "You have active order with this link. Please wait until order being completed.",
    "An identical order was just placed",
    "Martians have landed <b>",
)
PANEL_CHANCES: dict[PanelFault | Fault, float] = {
    PanelFault.SLOW(0.7): CHANCE,
    PanelFault.SILENT_BEFORE: CHANCE,
    PanelFault.SILENT_AFTER: CHANCE,
    PanelFault.RESET_BEFORE: CHANCE,
    PanelFault.RESET_AFTER: CHANCE,
    PanelFault.SERVER_ERROR_BEFORE: CHANCE,
    PanelFault.SERVER_ERROR_AFTER: CHANCE,
    PanelFault.HTML_BEFORE: CHANCE,
    PanelFault.HTML_AFTER: CHANCE,
    PanelFault.THROTTLE(1): CHANCE,
    PanelFault.THROTTLE_200: CHANCE,
    PanelFault.EMPTY_CATALOGUE: CHANCE,
    PanelFault.ODD_JSON: CHANCE,
    PanelFault.TRUNCATED: CHANCE,
    PanelFault.BODY_AFTER('{"status": "success"}'): CHANCE,
} | {PanelFault.ERROR(text): CHANCE / 3 for text in REFUSALS}
TELEGRAM_CHANCES = {
    TelegramFault.RETRY_AFTER(1): 0.02,
    TelegramFault.SERVER_ERROR(502): 0.02,
    TelegramFault.PAGE: 0.01,
    TelegramFault.RESET: 0.02,
    TelegramFault.LOST_REPLY: 0.02,
    TelegramFault.DELAY(0.3): 0.03,
}


@dataclass(frozen=True)
class Wish:
    """One order a customer wants: `answers` are typed, or tapped where they begin with `tap:`, after the link."""

    service: int
    answers: tuple[str, ...]
    pause: float  # seconds before it
    double_tap: bool
    delivered_twice: bool  # Telegram delivers the confirming update once more
    afterwards: str  # refresh, cancel, wallet, walk, block or nothing
    pays_in_stars: bool  # where the money is missing; else the owner is asked for it


@dataclass(frozen=True)
class Fate:
    """What becomes of an order at the panel: `life` seconds until `status` with this share left; then it may change."""

    life: float
    status: str
    left: float
    changes_its_mind: bool


@dataclass(frozen=True)
class Plan:
    """A run. `kills` are (seconds after the last one, which process)."""

    seed: int
    wishes: dict[int, tuple[Wish, ...]]
    kills: tuple[tuple[float, int], ...]

    def fate(self, panel_order_id: str) -> Fate:
        """Return what the panel will make of its order."""
        drawn = random.Random(f"{self.seed} fate {panel_order_id}")
        status = drawn.choices(("Completed", "Partial", "Canceled"), (6, 2, 2))[0]
        return Fate(drawn.uniform(1, 20), status, drawn.random(), drawn.random() < 0.1)


def draw(seed: int, minutes: float, customers: int, processes: int) -> Plan:
    """Draw a run of so many minutes; wishes and kills that there is no time for are left."""
    drawn = random.Random(seed)
    most = int(minutes * 60)
    wishes = {FIRST_CUSTOMER + number: tuple(_wish(drawn) for _ in range(most)) for number in range(customers)}
    kills = tuple((drawn.uniform(3, 7), drawn.randrange(processes)) for _ in range(most))
    return Plan(seed, wishes, kills)


def _wish(drawn: random.Random) -> Wish:
    quantity = str(drawn.choice((37, 100, 250, 500, 999)))
    lines = "\n".join(f"line {drawn.randrange(10**6)}" for _ in range(drawn.randint(5, 12)))
    service, answers = drawn.choice(
        (
            (1, (quantity,)),
            (2, (quantity,)),
            (5, ("tap:100 ·",)),
            (5, (quantity,)),
            (8, (lines, "tap:Next ›")),
            (10, (lines, "tap:Next ›")),
            (14, ()),
            (2, ("tap:💧 Drip-feed: off", "100", f"{drawn.randint(2, 5)} 60")),
        )
    )
    afterwards = drawn.choices(("", "refresh", "cancel", "wallet", "walk", "block"), (6, 3, 3, 1, 1, 0.2))[0]
    twice, again, stars = (drawn.random() < chance for chance in (0.3, 0.3, 0.8))
    return Wish(service, answers, drawn.uniform(0, 2), twice, again, afterwards, stars)


def top_up(drawn: random.Random) -> Decimal:
    """Return what an owner credits at once."""
    return Decimal(drawn.randint(500, 3000)) / 100
