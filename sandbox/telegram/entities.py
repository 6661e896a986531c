"""Telegram's text formatting: what HTML it accepts, what it says about the rest, and how it measures text.

Follows TDLib's MessageEntity.cpp (`parse_html`, `fix_formatted_text`) and
https://core.telegram.org/bots/api#html-style. Offsets and lengths are UTF-16 code units.
"""

import re
from dataclasses import dataclass
from html import escape
from typing import Any

from sandbox.telegram.links import checked_link
from sandbox.telegram.refusals import violation

Entity = dict[str, Any]

_TYPES = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler",
    "span": "spoiler", "blockquote": "blockquote", "code": "code", "pre": "pre", "a": "text_link",
    "tg-emoji": "custom_emoji", "tg-time": "date_time",
}  # fmt: skip
_SPACES = " \t\r\n\0\v"
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#(?:x([0-9a-fA-F]+)|([0-9]+))|([a-zA-Z]+));?", re.ASCII)


def utf16_length(text: str) -> int:
    """Length as Telegram counts it: an emoji is two units or more."""
    return len(text) + sum(char > "\uffff" for char in text)


@dataclass
class _Open:
    tag: str
    argument: str
    offset: int
    begin: int
    format: str = ""


def parse_html(html: str) -> tuple[str, list[Entity]]:
    """Text and entities of an HTML-style message; raises Violation in TDLib's words."""
    return _Parser(html).run()


class _Parser:
    def __init__(self, html: str) -> None:
        self._html = html
        self._at = 0
        self._text: list[str] = []
        self._offset = 0
        self._stack: list[_Open] = []
        self._entities: list[Entity] = []

    def run(self) -> tuple[str, list[Entity]]:
        while self._at < len(self._html):
            char = self._html[self._at]
            if char == "&" and (decoded := self._reference()):
                char = decoded
            elif char == "<":
                if self._html.startswith("/", self._at + 1):
                    self._end_tag()
                else:
                    self._start_tag()
                continue
            else:
                self._at += 1
            self._text.append(char)
            self._offset += 1 + (char > "\uffff")
        if self._stack:
            raise self._fail(f'Can\'t find end tag corresponding to start tag "{self._stack[-1].tag}"')
        for entity in self._entities:
            if entity["type"] == "code":
                entity.pop("language", None)
        text = "".join(self._text)
        if any("\ud800" <= char <= "\udfff" for char in text):
            raise self._fail(
                "Text contains invalid Unicode characters after decoding HTML entities, "
                "check for unmatched surrogate code units"
            )
        return text, in_order(self._entities)

    def _fail(self, text: str, at: int | None = None, tail: str = "") -> Exception:
        if at is not None:
            text += f" at byte offset {len(self._html[:at].encode())}{tail}"
        return violation(f"can't parse entities: {text}")

    def _peek(self) -> str:
        return self._html[self._at] if self._at < len(self._html) else ""

    def _take_until(self, stops: str) -> str:
        begin = self._at
        while self._peek() and self._peek() not in stops:
            self._at += 1
        return self._html[begin : self._at]

    def _skip_spaces(self) -> None:
        while self._peek() and self._peek() in _SPACES:
            self._at += 1

    def _reference(self) -> str | None:
        """The character a reference at the cursor stands for; unknown ones stay as they are typed."""
        found = _REFERENCE.match(self._html, self._at)
        if not found:
            return None
        hexadecimal, decimal, name = found.groups()
        if name:
            decoded = _NAMED.get(name)
        else:
            code = int(hexadecimal, 16) if hexadecimal else int(decimal)
            short = len(found.group().rstrip(";")) < 10
            decoded = chr(code) if 0 < code < 0x10FFFF and short else None
        if decoded:
            self._at = found.end()
        return decoded

    def _start_tag(self) -> None:
        begin = self._at
        self._at += 1
        tag = self._take_until(_SPACES + ">").lower()
        if not self._peek():
            raise self._fail("Unclosed start tag", begin)
        if tag not in _TYPES:
            raise self._fail(f'Unsupported start tag "{tag}"', begin)
        argument = time_format = ""
        while self._peek() != ">":
            self._skip_spaces()
            if self._peek() == ">":
                break
            name, value = self._attribute(tag, begin)
            if (tag, name) in {("a", "href"), ("tg-emoji", "emoji-id"), ("tg-time", "unix")}:
                argument = value
            elif (tag, name) == ("tg-time", "format"):
                time_format = value
            elif (tag, name) == ("code", "class") and value.startswith("language-"):
                argument = value.removeprefix("language-")
            elif (tag, name) == ("span", "class") and value.startswith("tg-"):
                argument = value.removeprefix("tg-")
            elif (tag, name) == ("blockquote", "expandable"):
                argument = "1"
        if tag == "span" and argument != "spoiler":
            raise self._fail('Tag "span" must have class "tg-spoiler"', begin)
        self._at += 1
        self._stack.append(_Open(tag, argument, self._offset, len(self._text), time_format))

    def _attribute(self, tag: str, begin: int) -> tuple[str, str]:
        name = self._take_until(_SPACES + "=>/\"'")
        if not name:
            raise self._fail(f'Empty attribute name in the tag "{tag}"', begin)
        self._skip_spaces()
        if self._peek() != "=":
            if not self._peek():
                raise self._fail(f'Unclosed start tag "{tag}"', begin)
            return name, ""
        self._at += 1
        self._skip_spaces()
        if not self._peek():
            raise self._fail(f'Unclosed start tag "{tag}"', begin)
        value = self._quoted() if self._peek() in "'\"" else self._token()
        if not self._peek():
            raise self._fail("Unclosed start tag", begin)
        return name, value

    def _token(self) -> str:
        begin = self._at
        while (char := self._peek()) and char.isascii() and (char.isalnum() or char in ".-"):
            self._at += 1
        if self._peek() not in _SPACES + ">":
            raise self._fail("Unexpected end of name token", begin)
        return self._html[begin : self._at].lower()

    def _quoted(self) -> str:
        quote = self._peek()
        self._at += 1
        value = []
        while self._peek() and self._peek() != quote:
            decoded = self._reference() if self._peek() == "&" else None
            if decoded is None:
                decoded = self._peek()
                self._at += 1
            value.append(decoded)
        self._at += 1
        return "".join(value)

    def _end_tag(self) -> None:
        begin = self._at
        if not self._stack:
            raise self._fail("Unexpected end tag", begin)
        self._at += 2
        found = self._take_until(_SPACES + ">").lower()
        self._skip_spaces()
        if self._peek() != ">":
            raise self._fail("Unclosed end tag", begin)
        self._at += 1
        opened = self._stack.pop()
        if found and found != opened.tag:
            tail = f', expected "</{opened.tag}>", found "</{found}>"'
            raise self._fail("Unmatched end tag", begin, tail)
        if self._offset > opened.offset:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        details = self._details(opened)
        if details is None:
            return
        place = {"offset": opened.offset, "length": self._offset - opened.offset}
        last = self._entities[-1] if self._entities else {}
        around_the_same = place.items() <= last.items() and {last["type"], opened.tag} == {"pre", "code"}
        # A language counts only where `pre` and `code` stand around the same words.
        if around_the_same and (language := details.get("language") or last.get("language")):
            last |= {"type": "pre", "language": language}
            return
        self._entities.append({"type": _TYPES[opened.tag]} | place | details)

    def _details(self, opened: _Open) -> Entity | None:
        """What an entity has besides its type and place; None when Telegram drops it."""
        argument = opened.argument
        if opened.tag == "a":
            link = checked_link(argument or "".join(self._text[opened.begin :]))
            if link is None:
                return None
            if mentioned := re.fullmatch(r"tg://user/?\?id=(\d+)", link):
                return {"type": "text_mention", "user_id": int(mentioned.group(1))}
            return {"url": link}
        if opened.tag == "tg-emoji":
            if not re.fullmatch(r"-?\d+", argument) or not 0 < abs(int(argument)) < 2**63:
                raise self._fail("Invalid custom emoji identifier specified")
            return {"custom_emoji_id": argument}
        if opened.tag == "tg-time":
            if not re.fullmatch(r"r|w?[dD]?[tT]?", opened.format):
                raise self._fail("Invalid date format used")
            if not argument.isdecimal() or int(argument) == 0:
                return None
            known: Entity = {"unix_time": int(argument)}
            return known | ({"date_time_format": opened.format} if opened.format else {})
        if opened.tag == "blockquote" and argument:
            return {"type": "expandable_blockquote"}
        return {"language": argument} if opened.tag == "code" and argument else {}


# MessageEntity::get_type_priority
_PRIORITY = {
    "blockquote": 0, "expandable_blockquote": 0, "pre": 11, "code": 20, "text_link": 49, "text_mention": 49,
    "bold": 90, "italic": 91, "underline": 92, "strikethrough": 93, "spoiler": 94, "custom_emoji": 99,
}  # fmt: skip


def in_order(entities: list[Entity]) -> list[Entity]:
    """Outer entities before inner ones, as Telegram lists them."""
    return sorted(
        entities,
        key=lambda entity: (entity["offset"], -entity["length"], _PRIORITY.get(entity["type"], 50)),
    )


def trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """What Telegram keeps of a text: no control characters, no white space around it."""
    text = "".join(" " if char < " " and char != "\n" else char for char in text.replace("\r", " "))
    first = utf16_length(text[: len(text) - len(text.lstrip(" \n"))])
    if entities:
        first = min(first, *(entity["offset"] for entity in entities))
    text = _cut(text, first, None).rstrip()
    total = utf16_length(text)
    kept = []
    for entity in entities:
        begin = max(entity["offset"] - first, 0)
        length = min(entity["offset"] + entity["length"] - first, total) - begin
        if length > 0:
            kept.append(entity | {"offset": begin, "length": length})
    return text, kept


def _cut(text: str, begin: int, end: int | None) -> str:
    units = text.encode("utf-16-le", "surrogatepass")
    return units[begin * 2 : None if end is None else end * 2].decode("utf-16-le", "surrogatepass")


_TAGS = {
    "bold": "b", "italic": "i", "underline": "u", "strikethrough": "s", "spoiler": "tg-spoiler",
    "blockquote": "blockquote", "expandable_blockquote": "blockquote expandable",
    "code": "code", "pre": "pre",
}  # fmt: skip


def to_html(text: str, entities: list[Entity]) -> str:
    """The HTML that would make this text and these entities."""
    inserts: list[tuple[int, int, str]] = []
    for rank, entity in enumerate(in_order(entities)):
        tag = _TAGS.get(entity["type"])
        if entity["type"] == "text_link":
            tag = f'a href="{escape(entity["url"])}"'
        elif entity["type"] == "custom_emoji":
            tag = f'tg-emoji emoji-id="{entity["custom_emoji_id"]}"'
        elif entity["type"] == "date_time":
            tag = f'tg-time unix="{entity["unix_time"]}" format="{entity.get("date_time_format", "")}"'
        if tag:
            inserts.append((entity["offset"], rank + 1, f"<{tag}>"))
            inserts.append((entity["offset"] + entity["length"], -rank - 1, f"</{tag.split()[0]}>"))
    parts, done = [], 0
    for at, _, tag in sorted(inserts):
        parts += [escape(_cut(text, done, at), quote=False), tag]
        done = at
    return "".join(parts) + escape(_cut(text, done, None), quote=False)
