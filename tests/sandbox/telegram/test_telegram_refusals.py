"""The refusals that no other test tells a story about, and whether each is held against the bot."""

from typing import Any

import pytest
from toy_bot import Call

from sandbox.telegram import Person, SandboxTelegram

ARTICLE = {"type": "article", "id": "1", "title": "t", "input_message_content": {"message_text": "x"}}
STARS = {"title": "t", "description": "d", "payload": "p", "currency": "XTR", "prices": [{"label": "a", "amount": 5}]}
WEB_APP = {"text": "a", "web_app": {"url": "https://x.com"}}
NOT_JSON = 'can\'t parse parameter "reaction" as a JSON object'
BREACHES = [
    ("answerInlineQuery", {"results": [ARTICLE | {"id": str(n)} for n in range(51)]}, "RESULTS_TOO_MUCH"),
    ("answerInlineQuery", {"results": [ARTICLE, ARTICLE]}, "RESULT_ID_DUPLICATE"),
    ("answerInlineQuery", {"results": [ARTICLE | {"id": "x" * 65}]}, "RESULT_ID_INVALID"),
    ("answerInlineQuery", {"results": [ARTICLE | {"title": " "}]}, "ARTICLE_TITLE_EMPTY"),
    ("answerInlineQuery", {"results": [], "next_offset": "x" * 65}, "NEXT_OFFSET_INVALID"),
    (
        "answerInlineQuery",
        {"results": [], "button": {"text": "a", "start_parameter": "a b"}},
        "START_PARAM_INVALID",
    ),
    (
        "answerInlineQuery",
        {"results": [ARTICLE | {"type": "photo"}]},
        'field "results" has the type "photo", which is not known here',
    ),
    ("answerCallbackQuery", {"callback_query_id": "1", "url": "https://example.com"}, "URL_INVALID"),
    ("editMessageText", {"message_id": 1, "text": "x"}, "chat_id is empty"),
    ("editMessageText", {"chat_id": 1001, "text": "x"}, "message identifier is not specified"),
    ("deleteMessage", {"chat_id": 1001}, "message identifier is not specified"),
    ("deleteMessages", {"chat_id": 1001, "message_ids": []}, "message identifiers are not specified"),
    ("deleteMessages", {"chat_id": 1001, "message_ids": list(range(101))}, "too many messages"),
    ("deleteMessages", {"chat_id": 1001, "message_ids": ["1"]}, 'field "message_ids" must be of type Integer'),
    ("getUpdates", {"limit": 101}, "limit must be between 1 and 100"),
    ("setMessageReaction", {"chat_id": 1001, "message_id": 1, "reaction": "no list"}, NOT_JSON),
    ("getStarTransactions", {"limit": 0}, "LIMIT_INVALID"),
    (
        "answerPreCheckoutQuery",
        {"pre_checkout_query_id": "1", "ok": False},
        "error message is required when ok is False",
    ),
    ("answerPreCheckoutQuery", {"pre_checkout_query_id": "1"}, 'parameter "ok" is required'),
    (
        "setChatMenuButton",
        {"menu_button": {"type": "web_app", "text": "a", "web_app": {"url": "http://x.com"}}},
        "menu button Web App URL is invalid: Only HTTPS links are allowed",
    ),
    (
        "setMyCommands",
        {"commands": [], "scope": {"type": "chat_member", "chat_id": 1001, "user_id": 1001}},
        "can't use specified scope in private chats",
    ),
    ("createInvoiceLink", STARS | {"photo_url": "no-link"}, "WEBDOCUMENT_URL_INVALID"),
    ("sendInvoice", STARS | {"chat_id": 1001, "start_parameter": "a b"}, "START_PARAM_INVALID"),
    (
        "sendMessage",
        {"chat_id": -100, "text": "x", "reply_markup": {"inline_keyboard": [[WEB_APP]]}},
        "BUTTON_TYPE_INVALID",
    ),
    (
        "sendMessage",
        {"chat_id": 1001, "text": "x", "reply_parameters": {"message_id": 1, "quote": "s", "quote_parse_mode": "Big"}},
        "unsupported parse_mode",
    ),
    (
        "sendMessage",
        {"chat_id": 1001, "text": "x", "reply_markup": {"keyboard": [[{"text": ""}]]}},
        "keyboard button text must be non-empty",
    ),
    (
        "sendMessage",
        {"chat_id": 1001, "text": "".join(f"<b>{n}</b> " for n in range(101)), "parse_mode": "HTML"},
        "more than 100 entities; the rest would lose its formatting",
    ),
]
BAD_LUCK = [
    ("answerCallbackQuery", {"callback_query_id": "1"}, "query is too old"),
    ("answerInlineQuery", {"inline_query_id": "1", "results": [ARTICLE]}, "query is too old"),
    ("answerPreCheckoutQuery", {"pre_checkout_query_id": "1", "ok": True}, "query is too old"),
    ("editMessageText", {"inline_message_id": "1", "text": "x"}, "MESSAGE_ID_INVALID"),
    (
        "editMessageMedia",
        {"chat_id": 1001, "message_id": 99, "media": {"type": "photo", "media": "1"}},
        "message to edit not found",
    ),
    ("pinChatMessage", {"chat_id": 1001, "message_id": 99}, "message to pin not found"),
    ("setMessageReaction", {"chat_id": 1001, "message_id": 99}, "message to react not found"),
    ("getChatMember", {"chat_id": 1001, "user_id": 5}, "member not found"),
    ("getChat", {"chat_id": "@anna"}, "chat not found"),
    (
        "sendMessage",
        {"chat_id": 1001, "text": "x", "reply_parameters": {"message_id": 1, "quote": "stop"}},
        "QUOTE_TEXT_INVALID",
    ),
    (
        "pinChatMessage",
        {"chat_id": -100, "message_id": 1},
        "not enough rights to manage pinned messages in the chat",
    ),
    ("unpinAllChatMessages", {"chat_id": -100}, "not enough rights to manage pinned messages in the chat"),
]


@pytest.mark.parametrize(("method", "params", "text"), BREACHES)
async def test_a_breach_is_refused_and_remembered(
    telegram: SandboxTelegram, anna: Person, call: Call, *, method: str, params: dict[str, Any], text: str
) -> None:
    telegram.group(-100, "Friends")
    if method == "answerInlineQuery":
        params = {"inline_query_id": "1"} | params
    refused = await call(method, **params)
    assert refused["error_code"] == 400
    assert refused["description"] == f"Bad Request: {text}"
    assert telegram.violations == [f"{method}: {refused['description']}"]


@pytest.mark.parametrize(("method", "params", "text"), BAD_LUCK)
async def test_bad_luck_is_refused_and_forgiven(
    telegram: SandboxTelegram, anna: Person, call: Call, *, method: str, params: dict[str, Any], text: str
) -> None:
    telegram.group(-100, "Friends")
    refused = await call(method, **params)
    assert refused["error_code"] == 400
    assert refused["description"].startswith(f"Bad Request: {text}")
    assert telegram.violations == []


async def test_in_a_group_only_the_bots_own_messages_can_be_deleted(
    telegram: SandboxTelegram, anna: Person, call: Call
) -> None:
    there = anna.at(telegram.group(-100, "Friends"))
    theirs = await there.send("hello")
    refused = await call("deleteMessage", chat_id=-100, message_id=theirs.message_id)
    assert refused["description"] == "Bad Request: message can't be deleted"
    own = (await call("sendMessage", chat_id=-100, text="x"))["result"]["message_id"]
    refused = await call("deleteMessages", chat_id=-100, message_ids=[own, theirs.message_id])
    assert refused["description"] == "Bad Request: message can't be deleted"
    assert [view.text for view in there.messages] == ["hello", "x"]


async def test_a_reply_keyboard_stands_until_it_is_removed(anna: Person, call: Call) -> None:
    shown = {"keyboard": [[{"text": "Menu"}]], "resize_keyboard": True}
    assert (await call("sendMessage", chat_id=1001, text="x", reply_markup=shown))["ok"]
    assert anna.chat.reply_keyboard == shown
    assert (await call("sendMessage", chat_id=1001, text="y", reply_markup={"remove_keyboard": True}))["ok"]
    assert anna.chat.reply_keyboard is None
