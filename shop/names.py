"""Names as panels write them, made fit for a button: cleaned, cut at a word, and still telling one from another."""

import html
import re
import unicodedata
from collections.abc import Sequence

ELLIPSIS = "…"
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]"
)
_EDGES = " \t|-–—:;,./\\_=~*•·▪►»>+⚊"
_SEGMENT = re.compile(r"\s*[|｜]\s*")
_JOINERS = "\u200d\ufe0f\ufe0e\u20e3"


def clean(name: str) -> str:
    """Return a name on one line: entities resolved, invisible marks gone, spaces single. Joined emoji stay whole."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFC", html.unescape(name.replace("\n", " ").replace("\t", " "))))
    return re.sub(r"\s+", " ", text).strip(" \u200c\u200d\ufe0f")


def is_separator(name: str) -> bool:
    """Whether a row of the catalogue is only a heading: no letter or digit, or a word between heavy rules."""
    text = name.strip()
    if not any(mark.isalnum() for mark in text):
        return not any(unicodedata.category(mark) == "So" for mark in text)
    return re.fullmatch(r"[^\w\s]{0,2}[-=_~*•—–─━#]{3,}.*[-=_~*•—–─━#]{3,}\W*", text) is not None


def _clusters(text: str) -> list[str]:
    """Return the text in pieces that must not be cut: emoji sequences, flags, letters with their marks."""
    pieces: list[str] = []
    for mark in text:
        joined = pieces and (
            mark in _JOINERS
            or unicodedata.combining(mark)
            or "\U0001f3fb" <= mark <= "\U0001f3ff"
            or pieces[-1].endswith("\u200d")
            or (_is_flag(mark) and len(pieces[-1]) == 1 and _is_flag(pieces[-1]))
        )
        if joined:
            pieces[-1] += mark
        else:
            pieces.append(mark)
    return pieces


def _is_flag(mark: str) -> bool:
    return "\U0001f1e6" <= mark <= "\U0001f1ff"


def short(name: str, limit: int = 40) -> str:
    """Return the name cut to `limit` signs (an emoji is one), at a word where there is one to cut at."""
    pieces = _clusters(name)
    if len(pieces) <= limit:
        return name
    head = pieces[: limit - 1]
    if pieces[limit - 1] != " ":
        space = max((place for place, piece in enumerate(head) if piece == " "), default=0)
        if space > limit // 2:
            head = head[:space]
    return "".join(head).rstrip(_EDGES) + ELLIPSIS


def page_labels(names: Sequence[str], *, category: str, limit: int) -> list[str]:
    """Return how the names of one page read on buttons: without what all of them (or the category) say, cut to `limit`.

    No label is empty, and names that differ have labels that differ.
    """
    names = [clean(name) for name in names]
    labels = [_trim(label) for label in _without_shared(names, category)]
    if _collide(labels, names):
        labels = list(names)
    cut = [short(label, limit) for label in labels]
    if _collide(cut, names):
        cut = _cut_apart(labels, limit)
    if _collide(cut, names):
        cut = _numbered(cut, names, limit)
    return [label or name for label, name in zip(cut, names, strict=True)]


def _collide(labels: Sequence[str], names: Sequence[str]) -> bool:
    return any(not label for label in labels) or len(set(labels)) < len(set(names))


def _trim(label: str) -> str:
    return label.strip(_EDGES)


def _without_shared(names: Sequence[str], category: str) -> list[str]:
    """Leave out the leading and trailing words that every name shares; alone, what it shares with the category."""
    words = [name.split(" ") for name in names]
    others = words if len(set(names)) > 1 else [*words, clean(category).split(" ")]
    shortest = min(map(len, words), default=0)
    head = 0
    while head < shortest - 1 and len({tuple_[head] if head < len(tuple_) else "" for tuple_ in others}) == 1:
        head += 1
    tail = 0
    if others is words and len(words) > 1:
        while tail < shortest - head - 1 and len({word[-1 - tail] for word in words}) == 1:
            tail += 1
    return [" ".join(word[head : len(word) - tail]) for word in words]


def _cut_apart(labels: Sequence[str], limit: int) -> list[str]:
    """Cut in the middle, keeping the end, where names differ only after the cut."""
    result = []
    for label in labels:
        pieces = _clusters(label)
        if len(pieces) <= limit:
            result.append(label)
            continue
        end = limit // 2
        result.append("".join(pieces[: limit - end - 1]).rstrip() + ELLIPSIS + "".join(pieces[-end:]).lstrip())
    return result


def _numbered(labels: Sequence[str], names: Sequence[str], limit: int) -> list[str]:
    """Number the labels that still read alike though their names differ."""
    seen: dict[str, dict[str, int]] = {}
    result = []
    for label, name in zip(labels, names, strict=True):
        twins = seen.setdefault(label, {})
        number = twins.setdefault(name, len(twins) + 1)
        result.append(label if number == 1 and label else f"{short(label or name, limit - 4)} ({number})")
    return result
