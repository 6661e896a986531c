"""What people do and see in front of a real aiogram bot."""

import pytest
from aiogram import Bot, F
from aiogram.exceptions import (
    TelegramBadRequest,
)
from aiogram.types import (
    BufferedInputFile,
    CallbackQuery,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQuery,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    LinkPreviewOptions,
    ReactionTypeEmoji,
    ReplyParameters,
)
from toy_bot import Clock, keyboard, polling, shop

from sandbox.telegram import Person, SandboxTelegram


async def test_a_journey_by_polling(telegram: SandboxTelegram, bot: Bot, anna: Person) -> None:
    async with polling(shop(), bot):
        menu = await anna.see("You wrote /start")
        assert menu.html == "You wrote <b>/start</b>"
        assert menu.buttons == [["Catalogue", "Wallet"]]
        answer = await anna.tap("Cata")
        assert (answer.text, answer.show_alert) == ("done", False)
        shown = await anna.see("Here is tap:Catalogue")
        assert (shown.message_id, shown.edited, shown.buttons) == (menu.message_id, 1, [["Back"]])
        await anna.gone("You wrote")
        await anna.upload(b"a\nb\n", "comments.txt")
        await anna.see("4 bytes in comments.txt")
    assert telegram.violations == []
    assert telegram.unanswered() == []
    assert [view.mine for view in anna.messages] == [True, False, True, False]


async def test_a_missing_or_disabled_button_fails_the_test(bot: Bot, anna: Person) -> None:
    rows = [
        [
            InlineKeyboardButton(text="Pressed", disabled={}),
            InlineKeyboardButton(text="Id", copy_text=CopyTextButton(text="17")),
        ]
    ]
    await bot.send_message(1001, "x", reply_markup=InlineKeyboardMarkup(inline_keyboard=rows))
    with pytest.raises(AssertionError, match=r"no button 'Buy'; on screen: \['Pressed', 'Id'\]"):
        await anna.tap("Buy", timeout=0.05)
    with pytest.raises(AssertionError, match="disabled"):
        await anna.tap("Pressed")
    with pytest.raises(AssertionError, match="does not see 'y'; on screen:\n"):
        await anna.see("y", timeout=0.05)
    assert (await anna.tap("Id")).copied == "17"


async def test_a_tap_that_is_never_answered_is_reported(telegram: SandboxTelegram, bot: Bot, anna: Person) -> None:
    await bot.send_message(1001, "x", reply_markup=keyboard("Buy"))
    with pytest.raises(AssertionError, match="Anna's tap on 'Buy' was not answered"):
        await anna.tap("Buy", timeout=0.05)
    assert telegram.unanswered() == []
    await bot.get_updates()
    assert telegram.unanswered() == ["Anna's tap on 'Buy' (callback_query)"]


async def test_a_callback_is_answered_once(telegram: SandboxTelegram, bot: Bot, anna: Person) -> None:
    await bot.send_message(1001, "x", reply_markup=keyboard("Buy"))
    await anna.tap("Buy", wait=False)
    query = (await bot.get_updates(offset=-1))[0].callback_query
    assert query
    assert query.data == "tap:Buy"
    await bot.answer_callback_query(query.id, text="x" * 200)
    with pytest.raises(
        TelegramBadRequest, match="query is too old and response timeout expired or query ID is invalid"
    ):
        await bot.answer_callback_query(query.id)
    with pytest.raises(TelegramBadRequest, match="MESSAGE_TOO_LONG"):
        await bot.answer_callback_query(query.id, text="x" * 201)
    assert len(telegram.violations) == 2


async def test_a_late_answer_is_refused(telegram: SandboxTelegram, bot: Bot, anna: Person, clock: Clock) -> None:
    sent = await bot.send_message(1001, "x", reply_markup=keyboard("Buy"))
    assert sent.date == clock.now
    await anna.tap("Buy", wait=False)
    query = (await bot.get_updates(offset=-1))[0].callback_query
    assert query
    clock.pass_seconds(61)
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await query.answer().as_(bot)
    assert telegram.unanswered() == ["Anna's tap on 'Buy' (callback_query)"]


async def test_forged_stale_and_forwarded_buttons(telegram: SandboxTelegram, bot: Bot, anna: Person) -> None:
    boris = telegram.person(1002, first_name="Boris")
    await boris.send("/start")
    await bot.send_message(1001, "x", reply_markup=keyboard("Buy"))
    menu = await anna.see("x")
    copy = await anna.forward(menu, to=boris)
    await boris.tap("Buy", wait=False)
    forwarded = (await bot.get_updates(offset=-1))[0].callback_query
    assert forwarded
    assert forwarded.message
    assert (forwarded.from_user.id, forwarded.message.message_id) == (1002, copy.message_id)
    with pytest.raises(TelegramBadRequest, match="message can't be edited"):
        await bot.edit_message_text("y", chat_id=1002, message_id=copy.message_id)
    anna.delete(menu)
    await anna.tap_data("forged", menu, wait=False)
    stale = (await bot.get_updates(offset=-1))[0].callback_query
    assert stale
    assert stale.message
    assert (stale.data, stale.message.date) == ("forged", 0)
    with pytest.raises(TelegramBadRequest, match="message to edit not found"):
        await bot.edit_message_text("y", chat_id=1001, message_id=menu.message_id)


async def test_inline_queries_deep_links_and_inline_messages(telegram: SandboxTelegram, bot: Bot, anna: Person) -> None:
    dispatcher = shop()

    @dispatcher.inline_query()
    async def on_query(query: InlineQuery) -> None:
        link = "https://t.me/sandbox_bot?start=s17"
        open_it = [
            [
                InlineKeyboardButton(text="Open", url=link),
                InlineKeyboardButton(text="More", callback_data="m"),
            ]
        ]
        article = InlineQueryResultArticle(
            id="1",
            title=f"Likes for {query.query}",
            input_message_content=InputTextMessageContent(message_text="<b>Likes</b>"),
            reply_markup=InlineKeyboardMarkup(inline_keyboard=open_it),
        )
        button = InlineQueryResultsButton(text="All", start_parameter="all")
        await query.answer([article], button=button, cache_time=0)

    @dispatcher.callback_query(F.inline_message_id)
    async def on_inline_tap(query: CallbackQuery, bot: Bot) -> None:
        await bot.edit_message_text("Changed", inline_message_id=query.inline_message_id)
        await query.answer()

    dispatcher.callback_query.handlers.reverse()
    async with polling(dispatcher, bot):
        answer = await anna.inline("cats")
        assert [result.title for result in answer.results] == ["Likes for cats"]
        assert answer.button == {"text": "All", "start_parameter": "all"}
        posted = await anna.choose(answer.results[0])
        assert posted.html == "<b>Likes</b>"
        assert (await anna.tap("Open", posted)).url == "https://t.me/sandbox_bot?start=s17"
        await anna.see("You wrote /start s17")
        await anna.tap("More", posted)
        assert "Changed" in [view.text for view in anna.messages]
    assert telegram.violations == []


async def test_groups_hear_commands_only(telegram: SandboxTelegram, bot: Bot, anna: Person) -> None:
    group = telegram.group(-100, "Friends")
    there = anna.at(group)
    async with polling(shop(), bot):
        await there.send("just talking")
        await there.send("/catalog")
        reply = await there.see("You wrote /catalog")
        await there.tap("Catalogue", reply)
    assert all("just talking" not in view.text for view in there.messages if not view.mine)
    assert (await bot.get_chat(-100)).title == "Friends"
    assert [view.text for view in anna.messages if view.mine] == ["/start"]


async def test_every_result_is_what_aiogram_expects(telegram: SandboxTelegram, bot: Bot, anna: Person) -> None:
    sent = await bot.send_message(
        1001,
        "https://example.com",
        link_preview_options=LinkPreviewOptions(is_disabled=True),
        reply_parameters=ReplyParameters(message_id=anna.messages[0].message_id),
        message_effect_id="5104841245755180586",
        disable_notification=True,
        protect_content=True,
    )
    assert sent.link_preview_options
    assert sent.reply_to_message
    assert sent.link_preview_options.is_disabled
    assert sent.reply_to_message.text == "/start"
    assert (sent.effect_id, sent.has_protected_content) == ("5104841245755180586", True)
    assert anna.messages[-1].silent
    file = BufferedInputFile(b"text", "orders.csv")
    document = await bot.send_document(1001, file, caption="x", reply_markup=keyboard("Back"))
    assert document.document
    assert document.document.file_name == "orders.csv"
    assert await sent.react([ReactionTypeEmoji(emoji="🔥")])
    assert await bot.send_chat_action(1001, "upload_document")
    assert await bot.delete_messages(1001, [sent.message_id])
    assert telegram.violations == []


async def test_a_sticker_and_a_photo_are_messages_too(bot: Bot, anna: Person) -> None:
    await anna.send_sticker()
    await anna.send_photo(b"any", caption="look")
    kinds = [update.message.content_type for update in await bot.get_updates() if update.message]
    assert kinds == ["text", "sticker", "photo"]


async def test_every_change_can_be_watched(telegram: SandboxTelegram, bot: Bot, anna: Person) -> None:
    with telegram.world.watch() as events:
        sent = await bot.send_message(1001, "x", reply_markup=keyboard("Buy"))
        await bot.send_chat_action(1001, "typing")
        await bot.edit_message_text("y", chat_id=1001, message_id=sent.message_id)
        await bot.delete_message(1001, sent.message_id)
        anna.block()
        kinds = [await events.next() for _ in range(10)]
    assert [event.kind for event in kinds if event.kind not in {"call", "update"}] == [
        "message",
        "action",
        "edit",
        "delete",
        "membership",
    ]
