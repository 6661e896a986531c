"""`make screenshots`: the pictures of README and docs, taken of the demo, so that they show what there is."""

import asyncio
from pathlib import Path

from playwright.async_api import Page, expect

from tests.page.browser import CUSTOMER, PATIENCE, ROOT, Phone, chromium, running_browser, running_demo

PICTURES = ROOT / "docs" / "pictures"


async def put_an_order_in(page: Page) -> None:
    """Leave Anna with an order under way and a confirm card of the next one."""
    anna = Phone(page, CUSTOMER)
    await anna.send("/order 1")
    await anna.see("Send the link")
    await anna.send("@nasa")
    await anna.tap("1,000 · $1.62")
    await anna.tap("✅ Order for")
    await anna.see("Order 1 · in progress")
    await page.locator('[data-order="23501"]').get_by_role("button", name="Deliver 50 percent").click()
    await anna.see("500 of 1,000")
    await anna.send("/order 17")
    await anna.see("Send the link")


async def take(folder: Path) -> None:
    """Take every picture."""
    async with running_demo("--port", "0", "--pace", "0") as demo, running_browser() as browser:
        page = await browser.new_page(viewport={"width": 1280, "height": 860}, color_scheme="light")
        await page.goto(demo.address)
        await page.get_by_role("button", name="Skip").click()
        await put_an_order_in(page)
        await expect(page.locator(".toast")).to_have_count(0, timeout=PATIENCE)
        await page.screenshot(path=folder / "demo.png")


if __name__ == "__main__":
    if chromium() is None:
        raise SystemExit("Chromium is not there: apt-get install chromium fonts-noto-color-emoji")
    PICTURES.mkdir(parents=True, exist_ok=True)
    asyncio.run(take(PICTURES))
