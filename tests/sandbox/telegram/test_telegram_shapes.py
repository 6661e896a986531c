"""Each method that is carried out and each kind of update, once, for the check of their shapes in `conftest`."""

import asyncio

import pytest
from shapes import BOT_API, described, mistakes, mistakes_of
from toy_bot import PNG, Call, upload

from sandbox.telegram import Person, SandboxTelegram
from sandbox.telegram.methods import HANDLERS

WHERE = pytest.mark.skipif(described() is None, reason=f"the Bot API's description is not at {BOT_API}")
MARKUP = {"inline_keyboard": [[{"text": "Buy", "callback_data": "buy", "style": "success"}]]}
SENT_BY_THE_DRIVER = {
    "message",
    "edited_message",
    "callback_query",
    "inline_query",
    "pre_checkout_query",
    "my_chat_member",
}
STARS = {"title": "t", "description": "d", "payload": "p", "currency": "XTR", "prices": [{"label": "a", "amount": 5}]}
ARTICLE = {
    "type": "article",
    "id": "1",
    "title": "t",
    "input_message_content": {"message_text": "<b>x</b> t.me/x", "parse_mode": "HTML"},
    "reply_markup": MARKUP,
}


@WHERE
async def test_the_whole_table_is_carried_out_and_answered_as_described(
    telegram: SandboxTelegram, anna: Person, call: Call
) -> None:
    async def asked(kind: str) -> str:
        """The id of the query that the bot was sent last, once it is of this kind."""

        def newest() -> str | None:
            update = telegram.world.updates.pending[-1]
            return str(update[kind]["id"]) if kind in update else None

        query_id = await telegram.world.until(newest, 5)
        assert query_id
        return query_id

    words = "<b>a</b> <a href='https://x.com'>b</a> <pre><code class='language-py'>c</code></pre> <i>x</i>"
    sent = await call("sendMessage", chat_id=1001, text=words, parse_mode="HTML", reply_markup=MARKUP)
    at = {"chat_id": 1001, "message_id": sent["result"]["message_id"]}
    quote = {"message_id": at["message_id"], "quote": "<b>a</b>", "quote_parse_mode": "HTML"}
    quoted = await call("sendMessage", chat_id=1001, text="reply", reply_parameters=quote, protect_content=True)
    assert quoted["result"]["quote"] == {"text": "a", "position": 0, "is_manual": True}
    photo = (await upload(telegram, "sendPhoto", PNG, "photo", chat_id="1001", caption="see t.me/x"))["result"]
    await upload(telegram, "sendDocument", b"1,2", "document", chat_id="1001")
    await call("sendChatAction", chat_id=1001, action="typing")
    await call("editMessageText", **at, text="Menu", reply_markup=MARKUP)
    await call("editMessageReplyMarkup", **at)
    await call("editMessageReplyMarkup", **at, reply_markup=MARKUP)
    picture = {"chat_id": 1001, "message_id": photo["message_id"]}
    await call("editMessageCaption", **picture, caption="two")
    again = {"type": "photo", "media": photo["photo"][0]["file_id"], "has_spoiler": True}
    await call("editMessageMedia", **picture, media=again)
    await call("getFile", file_id=photo["photo"][0]["file_id"])
    await call("setMessageReaction", **at, reaction=[{"type": "emoji", "emoji": "🔥"}])
    for method in ("pinChatMessage", "getChat", "unpinChatMessage", "unpinAllChatMessages"):
        await call(method, **({"chat_id": 1001} if method.endswith(("Chat", "Messages")) else at))
    await call("getChatMember", chat_id=1001, user_id=1001)
    commands = [{"command": "start", "description": "Begin"}]
    for method in ("setMyCommands", "getMyCommands", "deleteMyCommands"):
        await call(method, **({"commands": commands} if method.startswith("set") else {}))
    for words in ("Name", "Description", "ShortDescription"):
        field = {"ShortDescription": "short_description"}.get(words, words.lower())
        await call(f"setMy{words}", **{field: "x"})
        await call(f"getMy{words}")
    await call("setChatMenuButton", menu_button={"type": "commands"})
    await call("getChatMenuButton", chat_id=1001)

    await anna.tap("Buy", wait=False)
    await call("answerCallbackQuery", callback_query_id=await asked("callback_query"), text="done")
    typing = asyncio.create_task(anna.inline("cats"))
    await call("answerInlineQuery", inline_query_id=await asked("inline_query"), results=[ARTICLE])
    chosen = await anna.choose((await typing).results[0])
    inline = {"inline_message_id": chosen.raw.inline_message_id}
    assert (await call("editMessageText", **inline, text="Changed", reply_markup=MARKUP))["result"] is True
    await anna.tap("Buy", chosen, wait=False)

    await call("sendInvoice", chat_id=1001, **STARS)
    await call("createInvoiceLink", **STARS)
    paying = asyncio.create_task(anna.pay())
    await call("answerPreCheckoutQuery", pre_checkout_query_id=await asked("pre_checkout_query"), ok=True)
    charge = (await paying).charge_id
    await call("refundStarPayment", user_id=1001, telegram_payment_charge_id=charge)
    await call("getStarTransactions")
    await call("getMyStarBalance")

    mine = await anna.send("/orders t.me/x", reply_to=anna.messages[1])
    await anna.edit(mine, "@sandbox_bot")
    await anna.upload(b"x", "a.csv", caption="#one")
    await anna.send_photo(b"x")
    await anna.send_sticker()
    await anna.forward(anna.messages[1])
    await anna.tap_data("stale", mine, wait=False)
    anna.block()
    anna.unblock()
    there = anna.at(telegram.group(-100, "Friends"))
    await there.send("/start")
    there.block()
    assert (await call("getUpdates"))["result"] == telegram.world.updates.pending
    ids = [anna.messages[-1].message_id, anna.messages[-2].message_id]
    await call("deleteMessage", chat_id=1001, message_id=ids[0])
    await call("deleteMessages", chat_id=1001, message_ids=ids)
    await call("setWebhook", url="http://127.0.0.1:9/", max_connections=5, allowed_updates=["message"])
    for method in ("getWebhookInfo", "deleteWebhook", "getMe", "close", "logOut"):
        await call(method)
    assert [made.error for made in telegram.calls if made.error] == []
    assert {made.method for made in telegram.calls} | {"getUpdates"} == set(HANDLERS)
    kinds = {name for update in telegram.world.updates.sent.values() for name in update}
    assert kinds - {"update_id"} == SENT_BY_THE_DRIVER
    assert mistakes_of(telegram) == []
    assert telegram.violations == []


@WHERE
@pytest.mark.parametrize(
    ("value", "kind", "wrong"),
    [
        ({"id": "1"}, "Chat", ["x: Chat lacks type", "x.id is no Integer: '1'"]),
        ({"id": 1, "type": "private", "size": 5}, "Chat", ["x: Chat has no field size"]),
        ({"type": "emoji", "emoji": True}, "ReactionType", ["x.emoji is no String: True"]),
        (
            {"transactions": [{"id": "1", "amount": 5}]},
            "StarTransactions",
            ["x.transactions[0]: StarTransaction lacks date"],
        ),
        ([1], "Array of BotCommand", ["x[0] is no BotCommand: 1"]),
        (False, "True", ["x is not True"]),
    ],
)
def test_a_wrong_shape_is_noticed(value: object, kind: str, wrong: list[str]) -> None:
    assert mistakes("x", value, [kind]) == wrong
