"""The people of a run: customers who order and press again when nothing happens, and an owner who credits wallets."""

import asyncio
import random
import re
from contextlib import suppress
from decimal import Decimal

from sandbox.telegram import Person, SandboxTelegram, View
from tests.chaos.plan import Plan, Wish, top_up

PATIENCE = 4.0  # seconds somebody waits for an answer before trying again
SAID_AGAIN = 2
NEXT_QUESTIONS = ("Please check", "How many", " comments")
MOST_TRIES = 8


class Owner:
    """Credits whoever asks; what was not answered is sent again, as another credit."""

    def __init__(self, person: Person, seed: int) -> None:
        self.person = person
        self.asked: asyncio.Queue[int] = asyncio.Queue()
        self.sent: dict[int, tuple[int, Decimal]] = {}  # message id: whom, how much
        self._drawn = random.Random(seed)

    async def work(self) -> None:
        """Credit until cancelled."""
        while True:
            customer = await self.asked.get()
            amount = top_up(self._drawn)
            for _ in range(MOST_TRIES):
                sent = await self.person.send(f"/credit {customer} {amount} chaos <&>")
                self.sent[sent.message_id] = customer, amount
                with suppress(AssertionError):
                    await newer(self.person, sent.message_id, f"({customer})")
                    break


class Buyer:
    """One customer, carrying out the wishes of the plan."""

    def __init__(self, person: Person, telegram: SandboxTelegram, owner: Owner) -> None:
        self.person = person
        self.ordered = 0
        self.gave_up = 0
        self.has_blocked = False
        self._telegram = telegram
        self._owner = owner

    async def live(self, plan: Plan, stop: asyncio.Event) -> None:
        """Order until told to stop."""
        await self.person.send("/start")
        if self.person.id % 2:
            self._owner.asked.put_nowait(self.person.id)
        for number, wish in enumerate(plan.wishes[self.person.id]):
            await asyncio.sleep(wish.pause)
            if stop.is_set():
                return
            await self._fulfil(wish, f"c{self.person.id}o{number}", stop)

    async def _fulfil(self, wish: Wish, link: str, stop: asyncio.Event) -> None:
        for attempt in range(MOST_TRIES):
            if stop.is_set():
                return
            with suppress(AssertionError):
                # Another link each time: whatever reaches the panel twice is then seen to be the same order.
                check = await self._put_together(wish, f"instagram.com/{link}t{attempt}")
                if check is None:
                    continue
                if await self._confirm(check, wish):
                    self.ordered += 1
                    with suppress(AssertionError):
                        await self._afterwards(wish.afterwards, check)
                    return
        self.gave_up += 1

    async def _put_together(self, wish: Wish, link: str) -> View | None:
        """Return the card to confirm, or None when there is not the money for it yet."""
        asked = await say(self.person, f"/order {wish.service}", f"No. {wish.service} ·")
        asked = await say(self.person, link, link)
        for answer in wish.answers:
            if answer.startswith("tap:"):
                await self.person.tap(answer.removeprefix("tap:"), asked, timeout=PATIENCE)
                await asyncio.sleep(0.1)
            else:
                asked = await say(self.person, answer, *NEXT_QUESTIONS)
        check = await newer(self.person, asked.message_id - 1, "Please check")
        if any("✅" in label for label in check.labels):
            return check
        if wish.pays_in_stars:
            await self._pay(check)
            return None
        self._owner.asked.put_nowait(self.person.id)
        await newer(self.person, check.message_id, "was put into your wallet")
        return None

    async def _pay(self, check: View) -> None:
        """Pay what is missing in Stars, and wait for the receipt; as often as Telegram lets it happen."""
        await self._press("➕ Top up", check, "Please check")
        await self._press("$", check, "How much")
        for _ in range(MOST_TRIES):
            with suppress(AssertionError):
                link = (await self.person.tap("Pay ⭐", check, timeout=PATIENCE)).url
                paid = await self.person.pay(link)
                if paid.charge_id is not None:
                    await newer(self.person, check.message_id, paid.charge_id)
                    return

    async def _press(self, button: str, screen: View, shown: str) -> None:
        """Press until the screen shows something else."""
        for _ in range(MOST_TRIES):
            with suppress(AssertionError):
                await self.person.tap(button, screen, timeout=PATIENCE)
            if await self._telegram.world.until(lambda: shown not in screen.raw.text or None, PATIENCE):
                return

    async def _confirm(self, check: View, wish: Wish) -> bool:
        """Press until the card is an order's; return whether it became one."""
        for _ in range(MOST_TRIES):
            with suppress(AssertionError):
                await self.person.tap("✅ Order for", check, wait=False, timeout=0.1)
                pressed = max(self._telegram.world.updates.sent)
                if wish.double_tap:
                    await self.person.tap("✅ Order for", check, wait=False, timeout=0.1)
                if wish.delivered_twice:
                    self._telegram.redeliver(pressed)
            if await self._telegram.world.until(lambda: self._settled(check), PATIENCE):
                return re.match(r"Order \d+ · ", check.raw.text) is not None
        return False

    def _settled(self, check: View) -> bool | None:
        chat = self.person.chat.messages
        shown = "Please check" in check.raw.text and check.message_id in chat
        return None if shown else True

    async def _afterwards(self, what: str, card: View) -> None:
        number = re.match(r"Order (\d+)", card.raw.text)
        assert number is not None
        match what:
            case "refresh":
                await self.person.tap("🔄 Refresh", card, timeout=PATIENCE)
            case "cancel":
                shown = await say(self.person, f"/order_{number[1]}", f"Order {number[1]} ·")
                button = next(label for label in shown.labels if "⛔" in label or "Order again" in label)
                await self.person.tap(button, shown, timeout=PATIENCE)
                await self.person.tap("Yes, ", shown, timeout=PATIENCE)
            case "wallet":
                await say(self.person, "/wallet", "Your number in this shop")
            case "walk":
                shown = await say(self.person, "/catalog", "Catalogue")
                await self.person.tap("Instagram", shown, timeout=PATIENCE)
            case "block":
                self.has_blocked = True
                self.person.block()
                await asyncio.sleep(3)
                self.person.unblock()


async def say(person: Person, text: str, *words: str) -> View:
    """Write it, once more if nothing happens, until the bot's words stand below it. Raises AssertionError."""
    await asyncio.sleep(0.3)  # nobody types faster
    first = await person.send(text)
    for _ in range(SAID_AGAIN):
        with suppress(AssertionError):
            return await newer(person, first.message_id, *words)
        await person.send(text)
    return await newer(person, first.message_id, *words)


async def newer(person: Person, than: int, *words: str) -> View:
    """Wait for a message of the bot's with any of the words, below the message `than`. Raises AssertionError."""

    def look() -> View | None:
        shown = (view for view in reversed(person.messages) if not view.mine and view.message_id > than)
        return next((view for view in shown if any(each in view.text for each in words)), None)

    found = await person._world.until(look, PATIENCE)
    assert found is not None, f"{person.user.first_name} does not see {words!r}"
    return found
