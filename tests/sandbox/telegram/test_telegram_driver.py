"""What the driver makes of people's own messages, forwards, deep links and groups, as the bot is told of it."""

import asyncio
from typing import Any

import pytest
from toy_bot import Call

from sandbox.telegram import Person, SandboxTelegram


async def told(call: Call) -> list[dict[str, Any]]:
    """The updates since the last look, which confirms them."""
    updates: list[dict[str, Any]] = (await call("getUpdates"))["result"]
    if updates:
        await call("getUpdates", offset=updates[-1]["update_id"] + 1)
    return updates


def link_button(url: str) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "Open", "url": url}]]}


async def test_an_edited_message_is_marked_like_a_new_one(anna: Person, call: Call) -> None:
    mine = await anna.send("one")
    file = await anna.upload(b"x", "a.csv", caption="see t.me/a")
    await told(call)
    await anna.edit(mine, " /orders ")
    await anna.edit(file, "see t.me/b")
    text, caption = [update["edited_message"] for update in await told(call)]
    assert (text["text"], text["entities"][0]["type"]) == ("/orders", "bot_command")
    assert text["edit_date"] >= text["date"]
    assert (caption["caption"], caption["caption_entities"][0]["type"]) == ("see t.me/b", "url")
    assert caption["document"]["mime_type"] == "text/csv"
    await call("sendMessage", chat_id=1001, text="the bot's")
    with pytest.raises(AssertionError, match="only what they wrote themselves"):
        await anna.edit(anna.messages[-1], "x")
    with pytest.raises(ValueError, match="0-1024"):
        await anna.edit(file, "x" * 1025)


async def test_the_bot_is_told_of_what_is_forwarded_to_it(telegram: SandboxTelegram, anna: Person, call: Call) -> None:
    boris = telegram.person(1002, first_name="Boris")
    mine = await anna.send("one")
    await told(call)
    await anna.forward(await anna.forward(mine))
    first, second = [update["message"] for update in await told(call)]
    assert first["forward_origin"] == second["forward_origin"]
    assert (first["forward_origin"]["sender_user"]["id"], first["text"]) == (1001, "one")
    await anna.forward(mine, to=boris)
    assert await told(call) == []
    await call("sendMessage", chat_id=1001, text="secret", protect_content=True)
    with pytest.raises(AssertionError, match="protected"):
        await anna.forward(anna.messages[-1])


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://t.me/sandbox_bot?start=s17", "/start s17"),
        ("t.me/Sandbox_Bot?start=", "/start"),
        ("https://telegram.me/sandbox_bot?text=x&start=a-b_c", "/start a-b_c"),
        ("tg://resolve?domain=sandbox_bot&start=s17", "/start s17"),
        ("https://t.me/sandbox_bot", None),
        ("https://t.me/other_bot?start=s17", None),
        ("https://example.com/sandbox_bot?start=s17", None),
    ],
)
async def test_deep_links_start_the_bot_in_private(
    telegram: SandboxTelegram, anna: Person, call: Call, url: str, said: str | None
) -> None:
    there = anna.at(telegram.group(-100, "Friends"))
    await call("sendMessage", chat_id=-100, text="x", reply_markup=link_button(url))
    assert (await there.tap("Open")).url == url
    assert [view.text for view in anna.messages] == ["/start", said][: 1 + (said is not None)]
    assert len(there.messages) == 1


@pytest.mark.parametrize("parameter", ["x" * 65, "a%20b", "ж"])
async def test_a_deep_link_telegram_would_not_take_fails_the_test(anna: Person, call: Call, parameter: str) -> None:
    url = f"https://t.me/sandbox_bot?start={parameter}"
    await call("sendMessage", chat_id=1001, text="x", reply_markup=link_button(url))
    with pytest.raises(AssertionError, match="start parameters of up to 64"):
        await anna.tap("Open")


async def test_an_answer_can_carry_a_deep_link(telegram: SandboxTelegram, anna: Person, call: Call) -> None:
    button = {"text": "Open", "callback_data": "open"}
    await call("sendMessage", chat_id=1001, text="x", reply_markup={"inline_keyboard": [[button]]})
    tapping = asyncio.create_task(anna.tap("Open"))
    (query,) = await telegram.world.until(lambda: list(telegram.world.queries) or None, 5) or []
    link = "t.me/sandbox_bot?start=s1"
    assert (await call("answerCallbackQuery", callback_query_id=query, url=link))["ok"]
    assert (await tapping).url == link
    assert anna.messages[-1].text == "/start s1"


async def test_a_search_box_for_chosen_chats_is_opened_by_its_button(anna: Person, call: Call) -> None:
    button = {"text": "Share", "switch_inline_query_chosen_chat": {"query": "s17", "allow_user_chats": True}}
    await call("sendMessage", chat_id=1001, text="x", reply_markup={"inline_keyboard": [[button]]})
    assert (await anna.tap("Share")).inline_query == "s17"
    with pytest.raises(ValueError, match="up to 256"):
        await anna.inline("x" * 257)


async def test_in_a_group_the_bot_hears_what_is_meant_for_it(
    telegram: SandboxTelegram, anna: Person, call: Call
) -> None:
    there = anna.at(telegram.group(-100, "Friends"))
    await call("sendMessage", chat_id=-100, text="the bot's")
    await told(call)
    question = there.messages[0]
    for text in ("/order@other_bot", "a/b", "hello"):
        await there.edit(await there.send(text), f"{text} again")
    assert await told(call) == []
    await there.send("/order@sandbox_bot")
    await there.send("hi @sandbox_bot")
    await there.send("yes", reply_to=question)
    await there.upload(b"x", caption="/order")
    assert [update["message"]["text"] for update in await told(call)] == [
        "/order@sandbox_bot",
        "hi @sandbox_bot",
        "yes",
    ]


async def test_a_bot_put_out_of_a_group_neither_hears_nor_writes(
    telegram: SandboxTelegram, anna: Person, call: Call
) -> None:
    there = anna.at(telegram.group(-100, "Friends"))
    await told(call)
    there.block()
    await there.send("/start")
    (change,) = await told(call)
    assert change["my_chat_member"]["chat"]["id"] == -100
    assert change["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    refused = await call("sendMessage", chat_id=-100, text="x")
    assert refused["description"] == "Forbidden: bot was kicked from the supergroup chat"
    assert (await call("sendMessage", chat_id=1001, text="in private"))["ok"]
    there.unblock()
    await there.send("/start")
    assert [set(update) - {"update_id"} for update in await told(call)] == [{"my_chat_member"}, {"message"}]
    assert (await call("sendMessage", chat_id=-100, text="x"))["ok"]
    assert telegram.violations == []
