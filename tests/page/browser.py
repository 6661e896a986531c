"""The demo as a process, and its page in a real Chromium: what tests and the pictures of the docs tap on."""

import asyncio
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import which

from playwright.async_api import Browser, Locator, Page, async_playwright, expect

ROOT = Path(__file__).parents[2]
# No network: without these Chromium asks Google's hosts for this and that.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CUSTOMER, OWNER = 1001, 900
PATIENCE = 20_000  # milliseconds


def chromium() -> str | None:
    """Return where the system's Chromium is, or None."""
    return which("chromium") or which("chromium-browser") or which("google-chrome")


class Demo:
    """`python -m bot demo` until it has said where its page is."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.address = ""
        self.said: list[str] = []

    async def opened(self) -> None:
        """Wait for the line with the address."""
        assert self.process.stdout is not None
        async with asyncio.timeout(60):
            while not self.address:
                line = (await self.process.stdout.readline()).decode()
                assert line, self.said
                self.said.append(line.strip())
                if found := re.search(r"Open (http://[\d.]+:\d+)", line):
                    self.address = found[1]

    async def interrupt(self) -> int:
        """Press Ctrl-C; return the exit status."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGINT)
        return await asyncio.wait_for(self.process.wait(), 20)


@asynccontextmanager
async def running_demo(*options: str) -> AsyncIterator[Demo]:
    """Run the demo; it is ended, if it has not been, when the context is left."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", *options, cwd=ROOT, stdout=PIPE, stderr=asyncio.subprocess.STDOUT
    )
    demo = Demo(process)
    try:
        await demo.opened()
        yield demo
    finally:
        await demo.interrupt()


@asynccontextmanager
async def running_browser() -> AsyncIterator[Browser]:
    """Run the system's Chromium without a window."""
    path = chromium()
    assert path is not None
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


class Phone:
    """One phone on the page, used as a person uses it: by what stands on its buttons."""

    def __init__(self, page: Page, person: int) -> None:
        self.page = page
        self.node: Locator = page.locator(f'section[data-person="{person}"]')

    async def send(self, text: str) -> None:
        """Write a message and press Enter."""
        box = self.node.get_by_label("Message", exact=True)
        await box.fill(text)
        await box.press("Enter")

    async def tap(self, label: str) -> None:
        """Tap the newest button with these words on it."""
        await self.node.locator(".key", has_text=label).last.click(timeout=PATIENCE)

    async def see(self, words: str) -> Locator:
        """Wait for a message with these words; the newest one."""
        message = self.node.locator("[data-message]", has_text=words).last
        await expect(message).to_be_visible(timeout=PATIENCE)
        return message

    async def attach(self, name: str, content: bytes) -> None:
        """Send a file by the paper clip."""
        async with self.page.expect_file_chooser() as chooser:
            await self.node.get_by_label("Attach").click()
            await self.page.get_by_role("menuitem", name="File").click()
        await (await chooser.value).set_files({"name": name, "mimeType": "text/plain", "buffer": content})

    async def choose(self, item: str) -> None:
        """Choose an item of the phone's menu."""
        await self.node.get_by_label("Phone menu").click()
        await self.page.get_by_role("menuitem", name=item).click()
