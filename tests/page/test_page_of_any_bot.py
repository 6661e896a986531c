"""What the page shows of a bot that uses more of Telegram than the store does: payments, inline, photos, keyboards.

The bot here is the test itself: it calls the sandbox Telegram as any bot would.
"""

import struct
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import (
    BufferedInputFile,
    CopyTextButton,
    DisabledButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputTextMessageContent,
    KeyboardButton,
    LabeledPrice,
    ReplyKeyboardMarkup,
    Update,
)
from playwright.async_api import Page, expect

from sandbox.page import Page as SandboxPage
from sandbox.panel import SandboxPanel
from sandbox.process import Program
from sandbox.telegram import SandboxTelegram
from tests.conftest import missing
from tests.page.browser import CUSTOMER, PATIENCE, Phone, chromium, running_browser

TOKEN = "42:SANDBOX"


def png(width: int, height: int) -> bytes:
    """A picture of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\x33\x90\xec" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.fixture
async def telegram() -> AsyncIterator[SandboxTelegram]:
    async with SandboxTelegram(token=TOKEN) as telegram:
        telegram.person(CUSTOMER, "Anna", username="anna")
        yield telegram
    assert telegram.violations == []


class ToyBot(Bot):
    """A bot that takes its updates one by one, when the test asks for the next."""

    offset = 0

    async def next_update(self) -> Update:
        updates: list[Update] = []
        while not updates:
            updates = await self.get_updates(offset=self.offset, limit=1, timeout=10)
        self.offset = updates[0].update_id + 1
        return updates[0]


@pytest.fixture
async def bot(telegram: SandboxTelegram) -> AsyncIterator[ToyBot]:
    async with ToyBot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(telegram.url))) as bot:
        yield bot


@pytest.fixture
async def page(telegram: SandboxTelegram, tmp_path: Path) -> AsyncIterator[Page]:
    if chromium() is None:
        missing("Chromium", "apt-get install chromium")
    store = Program(["true"], {}, tmp_path, tmp_path / "log")
    served = SandboxPage(telegram, SandboxPanel(), store, roles={})
    await served.start(0)
    complaints: list[str] = []
    async with running_browser() as browser:
        page = await browser.new_page(viewport={"width": 1200, "height": 900})
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(served.url)
        yield page
    await served.stop()
    assert complaints == []


@pytest.fixture
async def anna(page: Page, bot: ToyBot) -> Phone:
    anna = Phone(page, CUSTOMER)
    await anna.node.get_by_role("button", name="START").click()
    started = await bot.next_update()
    assert started.message is not None
    assert started.message.text == "/start"
    return anna


async def test_an_invoice_is_paid_and_refunded(anna: Phone, bot: ToyBot) -> None:
    prices = [LabeledPrice(label="50 Stars", amount=50)]
    await bot.send_invoice(CUSTOMER, "Top-up", "Money for your wallet", "top-up:1", "XTR", prices)
    await anna.tap("Pay ⭐️50")
    sheet = anna.node.get_by_role("dialog")
    await expect(sheet).to_contain_text("Money for your wallet")
    await sheet.get_by_role("button", name="Confirm and Pay").click()
    asked = (await bot.next_update()).pre_checkout_query
    assert asked is not None
    await asked.as_(bot).answer(ok=False, error_message="The shop is closed.")
    await expect(sheet).to_contain_text("The shop is closed.", timeout=PATIENCE)
    await sheet.get_by_role("button", name="Confirm and Pay").click()
    asked = (await bot.next_update()).pre_checkout_query
    assert asked is not None
    await asked.as_(bot).answer(ok=True)
    await expect(sheet).to_have_count(0, timeout=PATIENCE)
    paid = (await bot.next_update()).message
    assert paid is not None
    assert paid.successful_payment is not None
    await bot.refund_star_payment(CUSTOMER, paid.successful_payment.telegram_payment_charge_id)
    await expect(anna.node.get_by_text("refund", exact=False).first).to_be_visible(timeout=PATIENCE)


async def test_an_inline_query_is_answered_as_one_types_and_a_result_is_sent(anna: Phone, bot: ToyBot) -> None:
    await anna.node.get_by_label("Message", exact=True).fill("@sandbox_bot tiktok")
    asked = (await bot.next_update()).inline_query
    assert asked is not None
    assert asked.query == "tiktok"
    found = InlineQueryResultArticle(
        id="1",
        title="TikTok views",
        description="$0.01 for 1000",
        input_message_content=InputTextMessageContent(message_text="TikTok views, No. 18"),
    )
    await asked.as_(bot).answer([found])
    await anna.node.get_by_text("$0.01 for 1000").click(timeout=PATIENCE)
    await expect(await anna.see("TikTok views, No. 18")).to_contain_text("via @sandbox_bot")


async def test_buttons_of_every_kind(anna: Phone, bot: ToyBot, page: Page) -> None:
    rows = [
        [InlineKeyboardButton(text="Wait", disabled=DisabledButton())],
        [InlineKeyboardButton(text="Copy it", copy_text=CopyTextButton(text="1048"))],
        [InlineKeyboardButton(text="Open 31", url="https://t.me/sandbox_bot?start=s31")],
        [InlineKeyboardButton(text="Search", switch_inline_query_current_chat="views")],
        [InlineKeyboardButton(text="Careful", callback_data="x", style="danger")],
    ]
    await bot.send_message(CUSTOMER, "Choose", reply_markup=InlineKeyboardMarkup(inline_keyboard=rows))
    await expect(anna.node.locator(".key", has_text="Wait")).to_have_attribute("aria-disabled", "true")
    await expect(anna.node.locator(".key", has_text="Careful")).to_have_class("key danger")
    await anna.tap("Careful")
    tapped = (await bot.next_update()).callback_query
    assert tapped is not None
    assert tapped.data == "x"
    await expect(anna.node.locator(".key", has_text="Careful")).to_have_attribute("aria-busy", "true")
    await tapped.as_(bot).answer("Really?", show_alert=True)
    await expect(anna.node.get_by_role("dialog", name="Alert")).to_contain_text("Really?", timeout=PATIENCE)
    await page.keyboard.press("Enter")
    await anna.tap("Open 31")
    opened = (await bot.next_update()).message
    assert opened is not None
    assert opened.text == "/start s31"
    await anna.tap("Search")
    await expect(anna.node.get_by_label("Message", exact=True)).to_have_value("@sandbox_bot views")
    asked = (await bot.next_update()).inline_query
    assert asked is not None
    await asked.as_(bot).answer([])


async def test_photos_formatted_text_typing_and_keyboards(anna: Phone, bot: ToyBot, page: Page) -> None:
    await bot.send_chat_action(CUSTOMER, "typing")
    await expect(anna.node.get_by_text("typing…")).to_be_visible(timeout=PATIENCE)
    picture = BufferedInputFile(png(60, 40), "chart.png")
    await bot.send_photo(
        CUSTOMER, picture, caption="<b>Today &lt;3</b> <i>and</i> <tg-spoiler>more</tg-spoiler>", parse_mode="HTML"
    )
    message = await anna.see("Today <3")
    await expect(message.locator("strong")).to_have_text("Today <3")
    await expect(message.locator("img")).to_have_js_property("naturalWidth", 60, timeout=PATIENCE)
    await message.get_by_label("Hidden text, show it").click()
    await expect(message.get_by_label("Hidden text, show it")).to_have_count(0)
    keys = ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="Yes"), KeyboardButton(text="No")]], resize_keyboard=True)
    await bot.send_message(CUSTOMER, "Sure?", reply_markup=keys, disable_notification=True)
    await expect((await anna.see("Sure?")).get_by_label("sent without sound")).to_be_visible()
    await anna.node.get_by_role("button", name="Yes").click()
    said = (await bot.next_update()).message
    assert said is not None
    assert said.text == "Yes"


async def test_what_is_edited_deleted_and_pinned_is_seen_at_once(anna: Phone, bot: ToyBot) -> None:
    sent = await bot.send_message(CUSTOMER, "first words")
    await anna.see("first words")
    await bot.edit_message_text("second words", chat_id=CUSTOMER, message_id=sent.message_id)
    await expect(await anna.see("second words")).to_contain_text("edited")
    await bot.pin_chat_message(CUSTOMER, sent.message_id)
    await expect(anna.node.get_by_role("button", name="Pinned message")).to_be_visible(timeout=PATIENCE)
    await bot.delete_message(CUSTOMER, sent.message_id)
    await expect(anna.node.locator(f'[data-message="{sent.message_id}"]')).to_have_count(0, timeout=PATIENCE)
