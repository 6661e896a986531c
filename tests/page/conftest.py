"""The demo's page in a browser. Without Chromium these tests skip, and say what to install; in CI they fail."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page

from tests.conftest import missing
from tests.page.browser import CUSTOMER, OWNER, Demo, Phone, chromium, running_browser, running_demo


@pytest.fixture
async def demo() -> AsyncIterator[Demo]:
    # Orders stand still until they are moved in the drawer: nothing depends on how fast the machine is.
    async with running_demo("--port", "0", "--pace", "0") as demo:
        yield demo


@pytest.fixture
async def page(demo: Demo) -> AsyncIterator[Page]:
    """The open page. At the end the browser had nothing to complain of, and Telegram neither."""
    if chromium() is None:
        missing("Chromium", "apt-get install chromium")
    complaints: list[str] = []
    async with running_browser() as browser:
        page = await browser.new_page(viewport={"width": 1400, "height": 900})
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(demo.address)
        yield page
        await page.get_by_role("tab", name="Calls").click()
        assert await page.get_by_text("No violations").count() == 1
    assert [each for each in complaints if "WebSocket" not in each] == []


@pytest.fixture
def anna(page: Page) -> Phone:
    return Phone(page, CUSTOMER)


@pytest.fixture
def olga(page: Page) -> Phone:
    return Phone(page, OWNER)
