"""Lengths and formatting of texts: what Telegram keeps, finds and refuses."""

from typing import Any

import pytest
from toy_bot import Call

from sandbox.telegram import Person, SandboxTelegram


async def test_text_is_trimmed_and_its_entities_are_counted_in_utf16(anna: Person, call: Call) -> None:
    sent = await call("sendMessage", chat_id=1001, text="  <b>😀 a&amp;b</b> <i>c</i>\n", parse_mode="HTML")
    assert sent["result"]["text"] == "😀 a&b c"
    assert sent["result"]["entities"] == [
        {"type": "bold", "offset": 0, "length": 6},
        {"type": "italic", "offset": 7, "length": 1},
    ]
    assert anna.messages[-1].html == "<b>😀 a&amp;b</b> <i>c</i>"


async def test_without_parse_mode_markup_is_text(anna: Person, call: Call) -> None:
    sent = await call("sendMessage", chat_id=1001, text="<b>x</b>")
    assert sent["result"]["text"] == "<b>x</b>"


async def test_links_and_commands_are_found_as_telegram_finds_them(anna: Person, call: Call) -> None:
    text = "/orders of @anna at https://example.com/a. #big <code>/no</code>"
    sent = await call("sendMessage", chat_id=1001, text=text, parse_mode="HTML")
    found = {
        entity["type"]: sent["result"]["text"][entity["offset"] :][: entity["length"]]
        for entity in sent["result"]["entities"]
    }
    assert found == {
        "bot_command": "/orders",
        "mention": "@anna",
        "url": "https://example.com/a",
        "hashtag": "#big",
        "code": "/no",
    }


async def test_4096_units_fit_and_one_more_does_not(telegram: SandboxTelegram, anna: Person, call: Call) -> None:
    assert (await call("sendMessage", chat_id=1001, text="😀" * 2048))["ok"]
    assert (await call("sendMessage", chat_id=1001, text="<b>" + "x" * 4096 + "</b>", parse_mode="html"))["ok"]
    assert telegram.violations == []
    refused = await call("sendMessage", chat_id=1001, text="😀" * 2048 + "x")
    assert refused["description"] == "Bad Request: message is too long"
    assert telegram.violations == ["sendMessage: Bad Request: message is too long"]


SENT_WRONGLY = [
    ({"text": ""}, "message text is empty"),
    ({}, "message text is empty"),
    ({"text": "  \n "}, "text must be non-empty"),
    ({"text": "<b></b>", "parse_mode": "HTML"}, "text must be non-empty"),
    ({"text": "x", "parse_mode": "MarkdownV2"}, "unsupported parse_mode"),
    ({"text": "x", "colour": "red"}, 'sendMessage takes no parameter "colour" here'),
    (
        {"text": "x", "business_connection_id": "7"},
        'sendMessage takes no parameter "business_connection_id" here',
    ),
    ({"text": 5}, 'field "text" must be of type String'),
    (
        {"text": "x", "disable_notification": "maybe"},
        'can\'t parse parameter "disable_notification" as a JSON object',
    ),
    ({"text": "x", "disable_notification": 1}, 'field "disable_notification" must be of type Boolean'),
    (
        {"text": "x", "link_preview_options": {"is_disabled": "yes"}},
        'field "is_disabled" must be of type Boolean',
    ),
    (
        {"text": "x", "reply_markup": {"inline_keyboard": "bad"}},
        'field "inline_keyboard" must be of type Array',
    ),
    ({"text": "x", "reply_markup": {"rows": []}}, "object expected as reply markup"),
    ({"text": "x", "reply_markup": "{broken"}, 'can\'t parse parameter "reply_markup" as a JSON object'),
    ({"text": "x", "message_effect_id": "1"}, "EFFECT_ID_INVALID"),
    ({"text": "x", "reply_parameters": {"quote": "q"}}, 'can\'t find field "message_id"'),
    (
        {"text": "x", "entities": [{"type": "bold", "offset": 9, "length": 1}]},
        "entity begins after the end of the text at UTF-16 offset 9",
    ),
    (
        {"text": "x", "entities": [{"type": "bold", "offset": 0, "length": 9}]},
        "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 9",
    ),
    (
        {"text": "x", "entities": [{"type": "bold", "offset": -1, "length": 1}]},
        "receive an entity with incorrect offset -1",
    ),
    (
        {"text": "x", "entities": [{"type": "loud", "offset": 0, "length": 1}]},
        "can't parse MessageEntity: Unsupported type specified",
    ),
    (
        {"text": "x", "entities": [{"type": "text_link", "offset": 0, "length": 1}]},
        "can't parse MessageEntity: Can't find field \"url\"",
    ),
    (
        {"text": "x", "entities": [{"type": "text_link", "offset": 0, "length": 1, "url": "no-url"}]},
        "entity URL 'no-url' is invalid: Wrong HTTP URL",
    ),
]


@pytest.mark.parametrize(("params", "text"), SENT_WRONGLY)
async def test_a_wrong_message_is_refused_and_kept_as_a_violation(
    telegram: SandboxTelegram, anna: Person, call: Call, params: dict[str, Any], text: str
) -> None:
    refused = await call("sendMessage", chat_id=1001, **params)
    assert refused == {"ok": False, "error_code": 400, "description": f"Bad Request: {text}"}
    assert telegram.violations == [f"sendMessage: Bad Request: {text}"]
    assert [view.text for view in anna.messages] == ["/start"]


MARKUP_ERRORS = [
    ("<b>unclosed", 'Can\'t find end tag corresponding to start tag "b"'),
    ("<b><i>test</b></i>", 'Unmatched end tag at byte offset 10, expected "</i>", found "</b>"'),
    ("ы<script>x</script>", 'Unsupported start tag "script" at byte offset 2'),
    ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
    ("1 <2", "Unclosed start tag at byte offset 2"),
    ("a</b>", "Unexpected end tag at byte offset 1"),
    ("<b>a</b", "Unclosed end tag at byte offset 4"),
    ("<br>", 'Unsupported start tag "br" at byte offset 0'),
    ("<b/>", 'Unsupported start tag "b/" at byte offset 0'),
    ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ('<a href="http://x.com>x</a>', "Unclosed start tag at byte offset 0"),
    ("<a href=a/b>x</a>", "Unexpected end of name token at byte offset 8"),
    ('<a ="x">x</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
    ("<a href= ", 'Unclosed start tag "a" at byte offset 0'),
    ('<tg-emoji emoji-id="x">👍</tg-emoji>', "Invalid custom emoji identifier specified"),
    ('<tg-time unix="1" format="noon">x</tg-time>', "Invalid date format used"),
    (
        "&#xD83D;",
        "Text contains invalid Unicode characters after decoding HTML entities, "
        "check for unmatched surrogate code units",
    ),
]


@pytest.mark.parametrize(("html", "text"), MARKUP_ERRORS)
async def test_bad_html_is_refused_in_telegrams_words(
    telegram: SandboxTelegram, anna: Person, call: Call, html: str, text: str
) -> None:
    refused = await call("sendMessage", chat_id=1001, text=html, parse_mode="HTML")
    assert refused["description"] == f"Bad Request: can't parse entities: {text}"
    assert len(telegram.violations) == 1


@pytest.mark.parametrize(
    ("html", "text", "entities"),
    [
        ("<B>x</B>", "x", [("bold", 0, 1)]),
        (
            "<ins>a</ins><del>b</del><tg-spoiler>c</tg-spoiler>",
            "abc",
            [("underline", 0, 1), ("strikethrough", 1, 1), ("spoiler", 2, 1)],
        ),
        ('<span class="tg-spoiler">x</span>', "x", [("spoiler", 0, 1)]),
        ("<blockquote>a</blockquote>", "a", [("blockquote", 0, 1)]),
        ("<blockquote expandable>a</blockquote>", "a", [("expandable_blockquote", 0, 1)]),
        ('<pre><code class="language-py">x</code></pre>', "x", [("pre", 0, 1)]),
        ("<i><b>x</b></i>", "x", [("bold", 0, 1), ("italic", 0, 1)]),
        ("&lt;b&gt; &amp;amp; &nbsp; &quot; &#65;&#x41; &amp", '<b> &amp; &nbsp; " AA &', []),
        ('<tg-time unix="1790000000" format="wDT">now</tg-time>', "now", [("date_time", 0, 3)]),
        ('<a href="ftp-less">x</a>', "x", []),
        ('<a href="tg://user?id=5">x</a>', "x", []),
        ('<a href="tg://user?id=1001">x</a>', "x", [("text_mention", 0, 1)]),
    ],
)
async def test_html_as_telegram_reads_it(
    anna: Person, call: Call, html: str, text: str, entities: list[tuple[str, int, int]]
) -> None:
    sent = (await call("sendMessage", chat_id=1001, text=html, parse_mode="HTML"))["result"]
    assert sent["text"] == text
    found = [(entity["type"], entity["offset"], entity["length"]) for entity in sent.get("entities", [])]
    assert found == entities


@pytest.mark.parametrize(
    ("link", "kept"),
    [
        ("HTTPS://X.com/A", "https://x.com/A"),
        ("X.com?a=1", "http://x.com/?a=1"),
        ("https://Пример.рф", "https://Пример.рф/"),
        ("https://x.com/a b", "https://x.com/a%20b"),
        ("tg:resolve?domain=a", "tg://resolve?domain=a"),
        ("x.com:443", "http://x.com:443/"),
        ("x.com:99999", None),
        (" https://x.com", None),
        ("javascript://x.com", None),
        ("http://localhost", None),
    ],
)
async def test_a_link_is_written_as_telegram_writes_it(anna: Person, call: Call, link: str, kept: str | None) -> None:
    sent = await call("sendMessage", chat_id=1001, text=f'<a href="{link}">x</a>', parse_mode="HTML")
    assert [entity["url"] for entity in sent["result"].get("entities", [])] == [kept] * (kept is not None)


async def test_a_link_keeps_its_address_and_code_its_language(anna: Person, call: Call) -> None:
    html = '<a href="https://x.com/?a=1&amp;b=2">x</a> <pre><code class="language-py">y</code></pre>'
    sent = (await call("sendMessage", chat_id=1001, text=html, parse_mode="HTML"))["result"]
    assert sent["entities"][0]["url"] == "https://x.com/?a=1&b=2"
    assert sent["entities"][1]["language"] == "py"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("instagram.com/anna?x=1, ok", ["url instagram.com/anna?x=1"]),
        ("(see https://x.com/a_(b)).", ["url https://x.com/a_(b)"]),
        ("https://t.me/shop?start=s1", ["url https://t.me/shop?start=s1"]),
        ("http://localhost file.txt 12.5k 1.50 node.js", []),
        ("/order_17 a/b /start@sandbox_bot", ["bot_command /order_17", "bot_command /start@sandbox_bot"]),
        ("@anna @ann a@anna", ["mention @anna"]),
        (
            "a.b@mail.example.com $USD #1 #привет",
            ["email a.b@mail.example.com", "cashtag $USD", "hashtag #привет"],
        ),
        ("😀 t.me/x", ["url t.me/x"]),
        ("linktr.ee/x foo.studio пример.рф/a", ["url linktr.ee/x", "url foo.studio", "url пример.рф/a"]),
        ("//x.com /start@ab", []),
    ],
)
async def test_what_telegram_marks_in_what_people_write(anna: Person, text: str, found: list[str]) -> None:
    content = (await anna.send(text)).raw.content
    units = text.encode("utf-16-le")
    marked = [
        f"{entity['type']} {units[entity['offset'] * 2 :][: entity['length'] * 2].decode('utf-16-le')}"
        for entity in content.get("entities", [])
    ]
    assert marked == found
