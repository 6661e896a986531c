"""What a person can do on the demo's page, done by tapping in a real browser; the store behind it is the real one."""

from playwright.async_api import Page, expect

from tests.page.browser import CUSTOMER, PATIENCE, Demo, Phone


async def behind_the_scenes(page: Page, tab: str) -> None:
    await page.get_by_role("tab", name=tab).click()


async def complete(page: Page, number: str) -> None:
    await behind_the_scenes(page, "Panel")
    await page.locator(f'[data-order="{number}"]').get_by_role("button", name="Complete").click()


async def order(anna: Phone, service: int = 1) -> None:
    """Put an order of a service in, all the way."""
    await anna.send(f"/order {service}")
    await anna.see("Send the link")
    await anna.send("@nasa")
    await anna.see("How many?")
    await anna.send("1000")
    await anna.see("Please check")
    await anna.tap("✅ Order for")
    await anna.see("Order 1 · in progress")


async def test_a_default_order_by_tapping_and_its_end_pushed_into_the_open_page(page: Page, anna: Phone) -> None:
    await anna.see("$25.00 was put into your wallet")
    await anna.tap("🛍 Catalogue")
    await anna.tap("📸 Instagram")
    await anna.tap("Followers | Real")
    await anna.tap("$1.62")
    await anna.see("Send the link or the @name")
    await anna.send("@nasa")
    await anna.tap("1,000 · $1.62")
    confirm = await anna.see("Please check")
    await expect(confirm).to_contain_text("Balance: $25.00 → $23.38")
    commit = confirm.locator(".key", has_text="✅ Order for $1.62")
    await expect(commit).to_have_class("key success")
    await commit.click()
    card = await anna.see("Order 1 · in progress")
    await behind_the_scenes(page, "Panel")
    await page.locator('[data-order="23501"]').get_by_role("button", name="Deliver 50 percent").click()
    await expect(card).to_contain_text("500 of 1,000", timeout=PATIENCE)
    await expect(card).to_contain_text("edited")
    await complete(page, "23501")
    end = await anna.see("Order 1 is complete: 1,000 delivered.")
    await expect(end.get_by_label("sent without sound")).to_have_count(0)
    await anna.see("Order 1 · complete")


async def test_a_comments_order_with_a_file(page: Page, anna: Phone) -> None:
    await anna.send("/order 8")
    await anna.see("5 to 1,500 comments")
    await anna.send("https://www.instagram.com/p/Abc/")
    await anna.see("each on its own line")
    await anna.send("Great <b>work</b> & more")
    await anna.see("1. Great <b>work</b> & more")
    await anna.attach("comments.txt", "Привет\nОгонь\nmore\nand more\n".encode())
    await expect(anna.node.get_by_text("comments.txt").first).to_be_visible(timeout=PATIENCE)
    await anna.see("5 comments")
    await anna.tap("Next ›")
    await anna.tap("✅ Order for $0.06")
    await anna.see("Order 1 · in progress")
    await complete(page, "23501")
    await anna.see("Order 1 is complete: 5 delivered.")
    await anna.send("/orders")
    await anna.tap("1 · Instagram Comments")
    await anna.tap("📄 Comments")
    async with page.expect_download() as download:
        await (await anna.see("comments-1.txt")).get_by_role("link", name="comments-1.txt").click()
    assert (await (await download.value).path()).read_text(encoding="utf-8").splitlines()[1] == "Привет"


async def test_the_owner_credits_and_the_customer_sees_it(anna: Phone, olga: Phone) -> None:
    await olga.send(f"/credit {CUSTOMER} 7.50 thanks")
    await olga.see("$7.50")
    told = await anna.see("$7.50 was put into your wallet")
    await expect(told).to_contain_text("$32.50")
    # She looks at the owner's phone: hers says that something came.
    await expect(anna.node.locator(".whose .badge")).to_have_text("1")
    await anna.node.get_by_label("Message", exact=True).click()
    await expect(anna.node.locator(".whose .badge")).to_be_hidden()


async def test_an_alert_has_to_be_closed(page: Page, anna: Phone) -> None:
    await order(anna, service=2)
    await anna.send("/orders")
    await anna.tap("1 · Instagram")
    await anna.tap("⛔ Ask to cancel")
    await anna.tap("Yes, ask to cancel")
    alert = anna.node.get_by_role("dialog", name="Alert")
    await expect(alert).to_contain_text("A cancellation was requested", timeout=PATIENCE)
    await page.keyboard.press("Escape")
    await expect(alert).to_have_count(0)


async def test_a_blocked_bot_is_silent_until_it_is_unblocked(page: Page, anna: Phone, olga: Phone) -> None:
    await order(anna)
    await anna.choose("Block bot")
    await expect(anna.node.get_by_role("button", name="Unblock bot")).to_be_visible(timeout=PATIENCE)
    await complete(page, "23501")
    await olga.send(f"/credit {CUSTOMER} 1 hello")
    await olga.see("$1.00")
    assert await anna.node.get_by_text("is complete").count() == 0
    await anna.node.get_by_role("button", name="Unblock bot").click()
    await anna.send("/orders")
    await anna.tap("1 · Instagram")
    await anna.see("Order 1 · complete")


async def test_a_reload_shows_the_same_chat(page: Page, anna: Phone) -> None:
    await anna.send("/wallet")
    await anna.see("Your number in this shop")
    await expect(anna.node.get_by_text("Welcome to")).to_have_count(0)  # the menu before goes away
    before = await anna.node.locator("[data-message]").all_inner_texts()
    await page.reload()
    await anna.see("Your number in this shop")
    assert await anna.node.locator("[data-message]").all_inner_texts() == before
    await anna.tap("‹ Back")
    await anna.see("What shall it be?")


async def test_the_store_is_killed_in_the_middle_and_goes_on(page: Page, anna: Phone) -> None:
    await anna.send("/order 1")
    await anna.see("Send the link")
    await anna.send("@nasa")
    await anna.see("How many?")
    await behind_the_scenes(page, "Store")
    await page.get_by_role("button", name="Kill -9").click()
    await expect(page.get_by_text("Stopped", exact=True)).to_be_visible(timeout=PATIENCE)
    await anna.send("1000")
    await page.get_by_role("button", name="Start", exact=True).click()
    await anna.see("Please check")
    await expect(page.get_by_text("Running", exact=True)).to_be_visible(timeout=PATIENCE)
    await anna.tap("✅ Order for $1.62")
    await anna.see("Order 1 · in progress")
    await page.get_by_role("button", name="Restart").click()
    await complete(page, "23501")
    await anna.see("Order 1 is complete: 1,000 delivered.")


async def test_the_panel_is_broken_on_purpose(page: Page, anna: Phone, olga: Phone) -> None:
    await behind_the_scenes(page, "Panel")
    await page.get_by_role("combobox", name="How").select_option("RESET_AFTER")
    await page.get_by_role("button", name="Break it").click()
    await anna.send("/order 1")
    await anna.see("Send the link")
    await anna.send("@nasa")
    await anna.tap("1,000 · $1.62")
    await anna.tap("✅ Order for")
    await anna.see("Order 1 · being checked")
    await olga.see("will not be sent again by itself")
    await expect(page.locator("[data-order]")).to_have_count(1)
    await behind_the_scenes(page, "Calls")
    await expect(page.get_by_role("tabpanel").get_by_text("RESET_AFTER").first).to_be_visible(timeout=PATIENCE)


async def test_another_customer_with_another_language_written_from_right_to_left(page: Page) -> None:
    await page.get_by_role("button", name="Add a customer").first.click()
    await page.get_by_label("Name").fill("محمد")
    await page.get_by_label("Language of the phone").select_option("ar")
    await page.get_by_role("button", name="Add", exact=True).click()
    added = Phone(page, 2001)
    await expect(added.node.locator(".phone")).to_have_attribute("dir", "rtl")
    await added.node.get_by_role("button", name="START").click()
    await added.see("محمد")
    await added.choose("Language: العربية")
    await page.get_by_role("menuitemradio", name="Русский").click()
    await expect(added.node.locator(".phone")).to_have_attribute("dir", "ltr")
    await added.send("/help")
    await added.see("Как это работает")


async def test_commands_by_the_menu_and_by_keyboard(page: Page, anna: Phone) -> None:
    await anna.node.get_by_role("button", name="Menu of commands").click()
    await anna.node.get_by_text("/wallet").click()
    await anna.see("Your number in this shop")
    copy = anna.node.locator(".key", has_text="📋 1001")
    await copy.focus()
    await page.keyboard.press("Enter")
    await expect(anna.node.get_by_role("status").get_by_text("1001")).to_be_visible(timeout=PATIENCE)


async def test_the_tour_goes_on_as_one_does_what_it_says(page: Page, anna: Phone) -> None:
    tour = page.get_by_label("Tour")
    await expect(tour).to_contain_text("1 of")
    await anna.tap("🛍 Catalogue")
    await expect(tour).to_contain_text("2 of", timeout=PATIENCE)
    await tour.get_by_role("button", name="Skip").click()
    await expect(tour).to_be_hidden()


async def test_no_other_sites_page_gets_in(demo: Demo, page: Page) -> None:
    refused = await page.request.get(demo.address, headers={"Origin": "https://evil.example"})
    assert refused.status == 403
    renamed = await page.request.get(demo.address, headers={"Host": "rebound.example"})
    assert renamed.status == 403
    upload = await page.request.post(f"{demo.address}/upload?person={CUSTOMER}", data="x")
    assert upload.status == 403
