"""`python -m bot demo`: the store between a sandbox panel and a sandbox Telegram, with phones in a browser.

The store is `python -m bot run` in a process of its own that speaks HTTP to both; nothing in it knows of the sandbox.
"""

import argparse
import asyncio
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bot.settings import Settings, StartError
from sandbox import keeping
from sandbox.page import Page
from sandbox.panel import SandboxPanel
from sandbox.process import Program
from sandbox.telegram import SandboxTelegram

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "data" / "demo"
TOKEN = "42:SANDBOX"  # noqa: S105 - the toy servers' own, no secrets
PANEL_KEY = "sandbox-panel-key"
SHOP = "Orbit Shop"
OWNER, CUSTOMER = 900, 1001
MONEY = 25
PORT = 8000
PORTS_TRIED = 20
# An order takes the sandbox panel 60 to 120 seconds at pace 1.
PACE = 3.0
ANSWER_SECONDS = 60
SAVE_SECONDS = 5

TOUR = [
    {
        "person": CUSTOMER,
        "text": f"This is Anna's phone; she has ${MONEY} in her wallet. Tap 🛍 Catalogue.",
        "until": {"tap": "🛍"},
    },
    {
        "person": CUSTOMER,
        "text": "Tap 📸 Instagram, then Followers, then any service.",
        "until": {"see": "Send the link"},
    },
    {"person": CUSTOMER, "text": "Write @nasa and send it, as if it were your profile.", "until": {"see": "How many"}},
    {"person": CUSTOMER, "text": "Tap 1,000, or write any number.", "until": {"see": "Please check"}},
    {"person": CUSTOMER, "text": "The price is final now. Tap the green ✅ button.", "until": {"tap": "✅"}},
    {
        "person": CUSTOMER,
        "text": "The card moves by itself; within a minute a message comes with sound. "
        "Can't wait? Complete the order in the drawer, under Panel.",
        "until": {"see": "is complete"},
    },
    {
        "person": OWNER,
        "text": f"This is the owner's phone. Write: /credit {CUSTOMER} 5 thanks",
        "until": {"send": True},
    },
    {
        "person": CUSTOMER,
        "text": "Now break something: in the drawer let the panel lose its answer to add, and order again. "
        "Kill the store in the middle. Nothing is charged twice.",
    },
]


def parse_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options of `python -m bot demo`; ends the process for `--help` and for a wrong one."""
    parser = argparse.ArgumentParser(
        prog="python -m bot demo", description="The store with a panel and a Telegram of its own, in a browser."
    )
    parser.add_argument("--port", type=int, default=PORT, help=f"of the page; {PORT} unless told, 0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 lets a real phone in the same network open it")
    parser.add_argument("--pace", type=float, default=PACE, help="how many times faster than in 1-2 minutes orders go")
    parser.add_argument(
        "--keep",
        nargs="?",
        type=Path,
        const=KEPT,
        metavar="FOLDER",
        help="keep the shop, the chats and the panel in a folder (data/demo) and go on from there next time",
    )
    return parser.parse_args(arguments)


def run_demo(options: argparse.Namespace) -> None:
    """Run until Ctrl-C or SIGTERM, or until the store cannot be started. Raises StartError."""
    with tempfile.TemporaryDirectory(prefix="storefront-demo-") as temporary:
        folder: Path = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        asyncio.run(_demo(options, folder.absolute()))


async def _demo(options: argparse.Namespace, folder: Path) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    panel = SandboxPanel(key=PANEL_KEY)
    telegram = SandboxTelegram(token=TOKEN, username="orbit_demo_bot", name=SHOP)
    kept = folder / "sandbox.kept"
    goes_on = _load(kept, telegram, panel)
    panel.pace = options.pace
    await panel.start()
    await telegram.start()
    store = Program(
        [sys.executable, "-m", "bot", "run"], _environment(telegram, panel, folder), ROOT, folder / "store.log"
    )
    page = Page(telegram, panel, store, roles={OWNER: "owner"}, tour=TOUR)
    try:
        address = await _open(page, options.host, options.port)
        await store.start()
        if await _opened(store, telegram, panel, stop, goes_on=goes_on):
            _say(f"Open {address} in a browser. Ctrl-C ends the demo.")
            while not stop.is_set():
                keeping.save(kept, telegram, panel)
                await _rest(stop)
    finally:
        # The store first: what it still has to say, Telegram still hears.
        await store.stop()
        await page.stop()
        await telegram.stop()
        await panel.stop()
        keeping.save(kept, telegram, panel)


def _load(kept: Path, telegram: SandboxTelegram, panel: SandboxPanel) -> bool:
    try:
        return keeping.load(kept, telegram, panel)
    except keeping.Unreadable as error:
        raise StartError(f"--keep: {error}") from None


async def _rest(stop: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(SAVE_SECONDS):
            await stop.wait()
    except TimeoutError:
        pass


def _environment(telegram: SandboxTelegram, panel: SandboxPanel, folder: Path) -> dict[str, str]:
    """Return the store's settings; those not named are blank, so that a real shop's `.env` plays no part."""
    blank = {name.upper(): "" for name in Settings.model_fields}
    return (
        {name: value for name, value in os.environ.items() if name.upper() not in blank}
        | blank
        | {
            "BOT_TOKEN": TOKEN,
            "PANEL_API_KEY": PANEL_KEY,
            "PANEL_API_URL": panel.url,
            "TELEGRAM_API_URL": telegram.url,
            "DATABASE_URL": f"sqlite:///{folder / 'store.db'}",
            "ADMIN_IDS": str(OWNER),
            "STATUS_POLL_SECONDS": "1",
            "CATALOGUE_SYNC_SECONDS": "60",
            "PANEL_TIMEOUT_SECONDS": "5",
        }
    )


async def _open(page: Page, host: str, port: int) -> str:
    """Serve the page on this port or the next free one; return the addresses to open. Raises StartError."""
    tried = range(port, port + PORTS_TRIED) if port else [0]
    for each in tried:
        try:
            await page.start(each, host)
        except OSError as error:
            if each == tried[-1]:
                raise StartError(f"--port: the page cannot be served on {host}:{port}: {error.strerror}") from None
            _say(f"Port {each} is taken; trying {each + 1}.")
        else:
            break
    if host != "0.0.0.0":  # noqa: S104 - compared, not listened on
        return page.url
    taken = page.url.rpartition(":")[2]
    return f"http://127.0.0.1:{taken} here, or http://{_own_address()}:{taken} on a phone in the same network,"


def _own_address() -> str:
    """Return this machine's address in its network; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1 (RFC 5737): only the route is looked up
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


async def _opened(
    store: Program, telegram: SandboxTelegram, panel: SandboxPanel, stop: asyncio.Event, *, goes_on: bool
) -> bool:
    """Wait until the shop is open; False when told to stop before. Raises StartError when the store ends instead."""
    greeted = asyncio.create_task(_greet(telegram, panel, goes_on=goes_on))
    ended = asyncio.create_task(store.ended())
    told = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({greeted, ended, told}, return_when=asyncio.FIRST_COMPLETED)
        if told.done():
            return False
        if not greeted.done():
            raise StartError(f"the store did not start: {store.last_line()}")
        await greeted
    finally:
        for each in (greeted, ended, told):
            each.cancel()
    return True


async def _greet(telegram: SandboxTelegram, panel: SandboxPanel, *, goes_on: bool) -> None:
    """Let the owner and the first customer enter the shop, and give her money, as anybody would: by writing to it.

    Where a kept shop `goes_on` they are there already; then it is open once it has read the catalogue.
    """
    if not goes_on:
        await _enter(telegram)
    # The balance is asked for once the catalogue is in; the panel has no event to wait for.
    while not any(call.action == "balance" for call in panel.calls):  # noqa: ASYNC110
        await asyncio.sleep(0.1)


async def _enter(telegram: SandboxTelegram) -> None:
    owner = telegram.person(OWNER, "Olga", username="olga_shop")
    anna = telegram.person(CUSTOMER, "Anna", username="anna")
    await owner.send("/start")
    await owner.see("Welcome", ANSWER_SECONDS)
    await anna.send("/start")
    await anna.see("Welcome", ANSWER_SECONDS)
    await owner.send(f"/credit {CUSTOMER} {MONEY} welcome")
    await anna.see(f"{MONEY}.00", ANSWER_SECONDS)


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - what the person at the terminal is told
