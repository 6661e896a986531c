"""Finds what Telegram marks by itself in plain text: links, commands, mentions, hashtags, addresses.

Follows TDLib's `find_entities` closely enough for what people send to a shop.
"""

import re

from sandbox.telegram.domains import TOP_LEVEL
from sandbox.telegram.entities import Entity, in_order, utf16_length

_CANDIDATE = re.compile(
    r"(?P<url>(?<![\w@./])(?:(?P<scheme>https?|ftp|tg|ton)://)?"
    r"(?P<host>[\w-]+(?:\.[\w-]+)*)(?::\d{1,5})?(?:[/?#][^\s<>\"«»]*)?)"
    r"|(?P<bot_command>(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?(?![\w/<>@]))"
    r"|(?P<mention>(?<!\w)@[A-Za-z]\w{3,31}\b)"
    r"|(?P<hashtag>(?<![\w#])#(?=\w*[^\W\d])\w{1,256}\b)"
    r"|(?P<cashtag>(?<![\w$])\$[A-Z]{3,8}\b)"
)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]+\.)+(?P<top>[a-z]{2,})\b")
_OPENING = {")": "(", "]": "[", "}": "{"}


def found_entities(text: str, taken: list[Entity]) -> list[Entity]:
    """The entities of `taken` and those found in the rest of the text, in order."""
    spans = [
        (match.start(), match.end(), "email") for match in _EMAIL.finditer(text) if match.group("top") in TOP_LEVEL
    ]
    for match in _CANDIDATE.finditer(text):
        kind = str(match.lastgroup if match.lastgroup not in {"scheme", "host"} else "url")
        begin, words = match.start(), match.group()
        if kind == "url":
            if not _is_link(match.group("scheme"), match.group("host")):
                continue
            words = _without_punctuation(words)
        if all(begin + len(words) <= start or begin >= end for start, end, _ in spans):
            spans.append((begin, begin + len(words), kind))
    found = [
        {"type": kind, "offset": utf16_length(text[:begin]), "length": utf16_length(text[begin:end])}
        for begin, end, kind in spans
    ]
    return in_order(taken + [entity for entity in found if _is_free(entity, taken)])


def _is_link(scheme: str | None, host: str) -> bool:
    if scheme in {"tg", "ton"}:
        return True
    if re.fullmatch(r"(?:\d{1,3}\.){3}\d{1,3}", host):
        return all(int(part) < 256 for part in host.split("."))
    name, _, top = host.lower().rpartition(".")
    return bool(name) and (top in TOP_LEVEL or top.startswith("xn--"))


def _without_punctuation(link: str) -> str:
    """Without what ends the sentence rather than the link; a bracket stays if it was opened inside."""
    while link[-1] in ".:;,('?!`" or link.count(link[-1]) > link.count(_OPENING.get(link[-1], link[-1])):
        link = link[:-1]
    return link


def _is_free(entity: Entity, taken: list[Entity]) -> bool:
    return all(
        entity["offset"] + entity["length"] <= other["offset"] or entity["offset"] >= other["offset"] + other["length"]
        for other in taken
        if other["type"] in {"code", "pre", "text_link", "text_mention"}
    )
