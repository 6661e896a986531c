"""The rules of inline buttons, one by one."""

from typing import Any

import pytest
from toy_bot import Call

from sandbox.telegram import Person, SandboxTelegram


def buttons(*row: dict[str, Any]) -> dict[str, Any]:
    return {"inline_keyboard": [list(row)]}


WRONG_BUTTONS = [
    ({"text": "a", "callback_data": "x" * 65}, "BUTTON_DATA_INVALID"),
    ({"text": "a", "callback_data": "ы" * 33}, "BUTTON_DATA_INVALID"),
    (
        {"text": "a", "callback_data": ""},
        "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ),
    ({"text": "a"}, "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
    (
        {"text": "a", "style": "success"},
        "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ),
    ({"callback_data": "x"}, "can't parse inline keyboard button: Can't find field \"text\""),
    ({"text": " ", "callback_data": "x"}, "inline keyboard button text must be non-empty"),
    (
        {"text": "a", "callback_data": "x", "url": "https://x.com"},
        "can't parse inline keyboard button: more than one action (url, callback_data)",
    ),
    ({"text": "a", "callback_data": "x", "style": "pink"}, 'inline keyboard button style "pink" is invalid'),
    (
        {"text": "a", "callback_data": "x", "size": "xl"},
        'can\'t parse inline keyboard button: InlineKeyboardButton takes no field "size" here (in "inline_keyboard")',
    ),
    ({"text": "a", "copy_text": {"text": ""}}, "BUTTON_COPY_TEXT_INVALID"),
    ({"text": "a", "copy_text": {"text": "x" * 257}}, "BUTTON_COPY_TEXT_INVALID"),
    ({"text": "a", "url": "not-a-url"}, "inline keyboard button URL 'not-a-url' is invalid: Wrong HTTP URL"),
    (
        {"text": "a", "url": "ftp://example.com"},
        "inline keyboard button URL 'ftp://example.com' is invalid: Unsupported URL protocol",
    ),
    (
        {"text": "a", "web_app": {"url": "http://example.com"}},
        "inline keyboard button Web App URL 'http://example.com' is invalid: Only HTTPS links are allowed",
    ),
    ({"text": "a", "pay": True}, "BUTTON_TYPE_INVALID"),
]


@pytest.mark.parametrize(("button", "text"), WRONG_BUTTONS)
async def test_a_wrong_button_is_refused(
    telegram: SandboxTelegram, anna: Person, call: Call, button: dict[str, Any], text: str
) -> None:
    refused = await call("sendMessage", chat_id=1001, text="x", reply_markup=buttons(button))
    assert refused["description"] == f"Bad Request: {text}"
    assert len(telegram.violations) == 1


@pytest.mark.parametrize("rows", [[9], [8] * 12 + [5]])
async def test_too_many_buttons_are_refused(
    telegram: SandboxTelegram, anna: Person, call: Call, rows: list[int]
) -> None:
    button = {"text": "a", "callback_data": "x"}
    markup = {"inline_keyboard": [[button] * width for width in rows]}
    refused = await call("sendMessage", chat_id=1001, text="x", reply_markup=markup)
    assert refused["description"] == "Bad Request: reply markup is too long"
    markup["inline_keyboard"] = [[button] * 8] * 12 + [[button] * 4]
    assert (await call("sendMessage", chat_id=1001, text="x", reply_markup=markup))["ok"]


async def test_every_kind_of_button_is_taken(telegram: SandboxTelegram, anna: Person, call: Call) -> None:
    row = [
        {"text": "a", "callback_data": "x" * 64, "style": "danger"},
        {"text": "b", "url": "t.me/someone"},
        {"text": "c", "copy_text": {"text": "x" * 256}},
        {"text": "d", "switch_inline_query_current_chat": ""},
        {"text": "e", "disabled": {}},
        {"text": "f", "url": "tg://user?id=1"},
    ]
    sent = await call("sendMessage", chat_id=1001, text="x", reply_markup=buttons(*row))
    assert sent["result"]["reply_markup"] == buttons(*row)
    assert telegram.violations == []
