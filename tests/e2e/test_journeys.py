"""From /start to the end of an order, as a customer's phone sees it."""

from typing import Any

from sandbox.panel import SandboxPanel
from tests.e2e.conftest import StoreProcess

LINK = "https://instagram.com/nasa"


async def test_a_default_order_in_five_taps_and_two_messages(anna: Any, panel: SandboxPanel) -> None:
    await anna.send("/start")
    await anna.see("Pick a service")
    await anna.tap("🛍 Catalogue")
    await anna.tap("📸 Instagram")
    await anna.tap("Followers | Real")
    screen = await anna.see("cheapest first")
    assert any("$1.62" in label for row in screen.buttons for label in row), screen.buttons
    await anna.tap("$1.62")
    card = await anna.see("Send the link or the @name")
    assert "No. 1 ·" in card.text
    assert "<HQ>" in card.text
    await anna.send("@nasa")
    await anna.see("How many?")
    await anna.send("1k")
    confirm = await anna.see("Please check")
    assert "Balance: $100.00 → $98.38" in confirm.text
    await anna.tap("✅ Order for $1.62")
    await anna.see("Order 1 · in progress")
    assert panel.adds == [{"service": "1", "url": LINK, "quantity": "1000"}]
    panel.advance("23501", 600)
    live = await anna.see("600 of 1,000")
    assert "▰▰▰▰▰▰▱▱▱▱" in live.text
    panel.finish("23501", "Completed", remains=0)
    end = await anna.see("Order 1 is complete: 1,000 delivered.")
    assert not end.silent
    card = await anna.see("Order 1 · complete")
    assert card.message_id == live.message_id  # one live card, edited in place


async def test_a_comments_order_over_messages_and_a_file(anna: Any, panel: SandboxPanel) -> None:
    await anna.send("/order 8")
    await anna.see("5 to 1,500 comments")
    await anna.send("https://www.instagram.com/p/Abc/?igsh=123&utm_source=x")
    await anna.see("each on its own line")
    await anna.send("Great!\n\n  So nice  \n<b>bold</b> & brave")
    counted = await anna.see("3 comments")
    assert "1. Great!" in counted.text
    assert "3. <b>bold</b> & brave" in counted.text
    assert "2 more are needed" in counted.text
    assert "Next ›" not in counted.labels
    await anna.upload("Привет\nОгонь\n".encode("cp1251"), filename="comments.txt", mime="text/plain")
    counted = await anna.see("5 comments")
    assert "… and 2 more" in counted.text
    await anna.tap("Next ›")
    confirm = await anna.see("Please check")
    assert "5 comments:" in confirm.text
    assert "To pay: $0.06" in confirm.text  # 8 x 5 / 1000 and 30 %, rounded up
    await anna.tap("✅ Order for $0.06")
    await anna.see("Order 1 · in progress")
    assert panel.adds == [
        {
            "service": "8",
            "url": "https://instagram.com/p/Abc",
            "quantity": "5",
            "comments": "Great!\nSo nice\n<b>bold</b> & brave\nПривет\nОгонь",
        }
    ]
    panel.finish("23501", "Completed", remains=0)
    await anna.see("Order 1 is complete: 5 delivered.")
    await anna.send("/orders")
    await anna.tap("1 · Instagram Comments")
    await anna.tap("📄 Comments")
    sent = await anna.see("Comments of order 1")
    assert sent.document.decode().splitlines()[3] == "Привет"
    assert sent.document_name == "comments-1.txt"


async def test_a_package_that_is_canceled_comes_back_whole(anna: Any, panel: SandboxPanel) -> None:
    await anna.send("/order 14")
    card = await anna.see("for the whole package")
    assert "$3.58" in card.text
    await anna.send("nasa")
    await anna.tap("✅ Order for $3.58")
    await anna.see("Order 1 · in progress")
    assert panel.adds == [{"service": "14", "url": LINK}]
    panel.finish("23501", "Canceled")
    end = await anna.see("Order 1 was canceled")
    assert "$3.58 is back in your wallet" in end.text
    await anna.send("/wallet")
    wallet = await anna.see("back from order 1")
    assert "Balance: $100.00" in wallet.text
    assert "-$3.58 · order 1" in wallet.text


async def test_a_drip_feed_that_ends_early_pays_the_rest_back(anna: Any, panel: SandboxPanel) -> None:
    await anna.send("/start")
    taps = ("🛍 Catalogue", "📸 Instagram", "Followers | Real", "$1.62")
    for label in taps:
        await anna.tap(label)
    await anna.send("instagram.com/nasa")
    await anna.tap("💧 Drip-feed: off")
    await anna.see("in each run")
    await anna.send("100")
    await anna.see("How many runs")
    await anna.tap("5 × every 60 min")
    confirm = await anna.see("Please check")
    assert "100 × 5 runs, every 60 min: 500 in all, the last one at about" in confirm.text
    await anna.tap("✅ Order for $0.81")  # seven taps and two messages in all
    await anna.see("Order 1 · in progress")
    assert panel.adds == [{"service": "1", "url": LINK, "quantity": "100", "runs": "5", "interval": "60"}]
    panel.finish("23501", "Partial", remains=200)
    end = await anna.see("Order 1 ended early: 300 of 500 delivered.")
    assert "$0.32 is back in your wallet." in end.text
    card = await anna.see("Order 1 · ended early")
    assert "panel: Partial" in card.text
    assert "back $0.32" in card.text


async def test_straight_to_a_service_and_a_preset(anna: Any, panel: SandboxPanel) -> None:
    await anna.send("/order 1")
    await anna.send("@nasa")
    await anna.tap("1,000 · $1.62")
    await anna.tap("✅ Order for $1.62")
    await anna.see("Order 1 · in progress")
    assert len(panel.adds) == 1


async def test_runs_and_minutes_can_be_typed_one_after_the_other(anna: Any, panel: SandboxPanel) -> None:
    await anna.send("/start s1")
    await anna.send("@nasa")
    await anna.tap("💧 Drip-feed: off")
    await anna.tap("💧 Drip-feed: on")
    await anna.tap("💧 Drip-feed: off")
    await anna.send("100")
    await anna.send("sixty")
    await anna.see("I need two numbers")
    await anna.send("9999999 60")
    await anna.see("That does not fit")
    await anna.send("3")
    await anna.see("How many minutes between them?")
    await anna.send("0")
    await anna.see("That does not fit")
    await anna.send("90")
    await anna.see("100 × 3 runs, every 90 min: 300 in all")
    await anna.tap("‹ Change")
    await anna.see("How many runs")
    await anna.tap("‹ Back")
    await anna.see("in each run")
    await anna.tap("‹ Back")
    await anna.see("Send the link")
    assert panel.adds == []


async def test_bad_input_is_explained_and_nothing_is_lost(anna: Any, panel: SandboxPanel) -> None:
    await anna.send("/order 1")
    await anna.see("Send the link")
    for text, words in (
        ("hello there", "There is no link in that."),
        ("https://", "not a link I can read"),
        ("x" * 4096, "too long"),
        ("https://t.me/+AbCdEf", "private or closed"),
        ("http://127.0.0.1/x", "private or closed"),
        ("🎉🎉🎉", "There is no link"),
        ("<b>&amp;</b>", "not a link I can read"),
        ("instagram.com/a instagram.com/b", "several links"),
        ("https://www.tiktok.com/@nasa", "looks like a TikTok link, and the service is for Instagram"),
    ):
        await anna.send(text)
        seen = await anna.see(words)
        assert "Send the link" in seen.text, text
    await anna.send_photo(b"picture")
    await anna.see("Please send it as text.")
    await anna.send("https://www.tiktok.com/@nasa")
    await anna.tap("Use it anyway")
    for text, words in (
        ("5", "That is 5. This service takes 10 to 500,000."),
        ("9999999", "That is 9,999,999. This service takes 10 to 500,000."),
        ("1.5", "I need a whole number"),
        ("many", "I need a whole number"),
        ("-7", "I need a whole number"),
    ):
        await anna.send(text)
        seen = await anna.see(words)
        assert "How many?" in seen.text
    await anna.send("1,5k")
    await anna.see("1,500 × $1.62 per 1000")
    await anna.send("hurry up")
    await anna.see("Please use the buttons below.")
    await anna.tap("✅ Order for")
    await anna.see("Order 1 · in progress")
    assert panel.adds == [{"service": "1", "url": "https://tiktok.com/@nasa", "quantity": "1500"}]


async def test_too_little_money_keeps_the_draft_until_it_comes(anna: Any, panel: SandboxPanel, telegram: Any) -> None:
    owner = telegram.person(900, first_name="Olga")
    await owner.send("/credit 1001 -99.00")
    await anna.see("was taken from your wallet")
    await anna.send("/order 1")
    await anna.send("@nasa")
    await anna.send("1000")
    poor = await anna.see("missing $0.62")
    assert not any(label.startswith("✅") for label in poor.labels)
    await anna.tap("➕ Top up $0.62 or more")
    await anna.see("How much?")
    await owner.send("/credit 1001 0,62 card")
    await owner.see("Balance: $1.62")
    await anna.tap("▶️ Go on with your order")
    await anna.tap("✅ Order for $1.62")
    await anna.see("Order 1 · in progress")
    assert len(panel.adds) == 1


async def test_commands_and_buttons_lead_out_of_a_journey(anna: Any) -> None:
    await anna.send("/order 1")
    await anna.send("@nasa")
    await anna.see("How many?")
    await anna.send("/wallet")
    await anna.see("Your number in this shop")
    await anna.send("1000")
    await anna.see("I did not understand that")
    await anna.send("/order 1")
    await anna.tap("✖️ Close")
    await anna.see("What shall it be?")
    await anna.send("@nasa")
    await anna.see("I did not understand that")
    await anna.send("/order 424242")
    await anna.see("Service 424242 is not available here")
    await anna.send("/order")
    await anna.see("/order 31")
    await anna.send("/nonsense")
    await anna.see("I did not understand that")


async def test_stale_forged_and_foreign_buttons_are_answered(anna: Any, telegram: Any, panel: SandboxPanel) -> None:
    await anna.send("/order 1")
    await anna.send("@nasa")
    await anna.send("1000")
    old = await anna.see("Please check")
    confirm = next(button["callback_data"] for row in old.raw.rows for button in row if button["text"].startswith("✅"))
    boris = telegram.person(1002, first_name="<b>Boris & Co</b> 🎉", language_code="ru")
    await boris.send("/start")
    await boris.see("<b>Boris & Co</b> 🎉")
    answer = await boris.tap_data(confirm)
    assert answer.show_alert
    assert "устарела" in answer.text
    for data in (
        "d:1:b:0:0",
        "o:1:o:0",
        "o:1:C:0",
        "ok:nonsense",
        "s|424242",
        "c:9:instagram:5",
        "p:nowhere:3",
        "??",
        "n:zzz:0",
        "os:huh:1",
    ):
        await boris.tap_data(data)
    assert panel.adds == []
    await anna.tap_data(confirm, old)
    await anna.see("Order 1 ·")
    again = await anna.tap_data(confirm, old)
    assert "already placed" in again.text
    telegram.redeliver()
    assert len(panel.adds) <= 1
    await anna.send("/wallet")
    await anna.see("Balance: $98.38")


async def test_two_taps_in_one_moment_buy_once(anna: Any, panel: SandboxPanel) -> None:
    await anna.send("/order 1")
    await anna.send("@nasa")
    await anna.send("1000")
    card = await anna.see("Please check")
    for _ in range(5):
        await anna.tap("✅ Order for $1.62", message=card, wait=False)
    await anna.see("Order 1 · in progress")
    await anna.send("/wallet")
    await anna.see("Balance: $98.38")
    assert len(panel.adds) == 1


async def test_looking_after_orders(anna: Any, panel: SandboxPanel) -> None:
    await anna.send("/orders")
    await anna.see("You have no orders yet")
    for service, quantity in (("1", "1000"), ("2", "100")):
        await anna.send(f"/order {service}")
        await anna.send("@nasa")
        await anna.send(quantity)
        await anna.see("Please check")
        await anna.tap("✅ Order for")
        await anna.gone("Please check")
        await anna.see(f"Order {service} · in progress")
    await anna.see("Order 2 · in progress")
    panel.finish("23501", "Completed", remains=0)
    await anna.see("Order 1 is complete")
    await anna.send("/orders")
    listed = await anna.see("2 orders, newest first")
    assert "2 ·" in listed.labels[0]
    assert "1 ·" in listed.labels[1]
    await anna.tap("Ended")
    await anna.see("1 order")
    await anna.tap("1 · Instagram")
    answer = await anna.tap("♻️ Ask for a refill")
    assert "This is a request" in answer.text
    await anna.send("/order_2")
    await anna.tap("⛔ Ask to cancel")
    await anna.see("Ask the panel to cancel order 2?")
    answer = await anna.tap("Yes, ask to cancel")
    assert "marked for cancellation" in answer.text
    await anna.tap("🔄 Refresh")
    again = await anna.tap("🔄 Refresh")
    assert "Just looked" in again.text
    assert not again.show_alert
    panel.finish("23502", "Canceled")
    await anna.see("Order 2 was canceled")
    await anna.send("/order_77")
    await anna.see("There is no such order of yours.")
    await anna.tap("🔁 Order again")
    again = await anna.see("Please check")
    assert "100 ×" in again.text
    await anna.tap("✅ Order for")
    await anna.see("Order 3 ·")


async def test_the_shop_speaks_the_customers_language(anna: Any, telegram: Any) -> None:
    await anna.send("/settings")
    await anna.tap("Русский")
    await anna.see("Настройки")
    await anna.send("/order 1")
    await anna.see("Пришлите ссылку")
    await anna.send("@nasa")
    await anna.send("1000")
    await anna.see("К оплате: 1,62")
    await anna.send("/settings")
    await anna.tap("Как в Telegram")
    await anna.see("Settings")
    await anna.tap("🔔 Message when an order ends")
    await anna.tap("🔕 No message when an order ends")
    await anna.tap("Live card: follows the order")
    await anna.see("Settings")
    boris = telegram.person(1002, first_name="Борис", language_code="ru-RU")
    await boris.send("/start")
    await boris.see("Борис, добро пожаловать")


async def test_owners_commands_are_nobody_elses(anna: Any, telegram: Any) -> None:
    for command in ("/credit 1001 500", "/admin", "/credit"):
        await anna.send(command)
        await anna.see("I did not understand that")
    owner = telegram.person(900, first_name="Olga")
    await owner.send("/admin")
    await owner.see("Owner's desk")
    for wrong in ("/credit", "/credit 1001", "/credit anna 5", "/credit 1001 much", "/credit 1001 0", "/credit -5 5"):
        await owner.send(wrong)
        await owner.see("Write: /credit")
    await owner.send("/credit 1001 -5000")
    await owner.see("the wallet holds only $100.00")
    await owner.send("/credit 4711 5")
    await owner.see("has not opened the shop yet")
    await owner.send("/credit 1001 7.25 <b>thanks</b>")
    await anna.see("<b>thanks</b>")
    await anna.send("/wallet")
    wallet = await anna.see("Your number in this shop")
    assert "Balance: $107.25" in wallet.text
    assert "+$7.25 · by the shop · <b>thanks</b>" in wallet.text


async def test_help_terms_and_payments(anna: Any) -> None:
    for command, words in (("/help", "How it works"), ("/terms", "Terms"), ("/paysupport", "Payments")):
        await anna.send(command)
        await anna.see(words)
    await anna.tap("‹ Back")
    await anna.tap("❓ Help")
    await anna.tap("‹ Back")
    await anna.tap("⚙️ Settings")
    await anna.tap("‹ Back")
    await anna.tap("👛 Wallet")
    await anna.tap("‹ Back")
    await anna.tap("📦 My orders")
    await anna.tap("🛍 Catalogue")
    await anna.see("services")


async def test_one_menu_at_a_time(anna: Any) -> None:
    for command in ("/start", "/catalog", "/orders", "/wallet", "/settings", "/help"):
        await anna.send(command)
    await anna.see("How it works")
    await anna.gone("what I may send you")
    menus = [view for view in anna.messages if view.buttons and not view.mine]
    assert len(menus) == 1


async def test_a_store_that_stops_says_goodbye(store: StoreProcess) -> None:
    assert await store.stop() == 0
