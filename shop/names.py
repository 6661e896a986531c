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

    No label is empty unless its name is, and names that differ have labels that differ.
    """
    names = [clean(name) for name in names]
    labels = [_trim(label) for label in _without_shared(names, category)]
    if not all(labels) or len(set(labels)) < len(set(names)):
        labels = list(names)
    cut = [short(label, limit) for label in labels]
    for alike in _collisions(cut, names):
        differences = [_trim(label) for label in _without_shared([labels[place] for place in alike], "")]
        for place, difference in zip(alike, differences, strict=True):
            cut[place] = _head_and_difference(labels[place], difference, limit)
    for alike in _collisions(cut, names):
        _number(cut, names, alike, limit)
    return cut


def _collisions(labels: Sequence[str], names: Sequence[str]) -> list[list[int]]:
    """Return the places of labels that read alike though their names differ."""
    places: dict[str, list[int]] = {}
    for place, label in enumerate(labels):
        places.setdefault(label, []).append(place)
    return [alike for alike in places.values() if len({names[place] for place in alike}) > 1]


def _trim(label: str) -> str:
    return label.strip(_EDGES)


def _without_shared(names: Sequence[str], category: str) -> list[str]:
    """Leave out the leading and trailing words that every name shares; alone, what it shares with the category."""
    words = [name.split(" ") for name in names]
    several = len(set(names)) > 1
    others = words if several else [*words, clean(category).split(" ")]
    shortest = min(map(len, words), default=0)
    head = tail = 0
    while head < shortest - 1 and len({other[head] if head < len(other) else "" for other in others}) == 1:
        head += 1
    while several and tail < shortest - head - 1 and len({word[-1 - tail] for word in words}) == 1:
        tail += 1
    return [" ".join(word[head : len(word) - tail]) for word in words]


def _head_and_difference(label: str, difference: str, limit: int) -> str:
    """Return how the label begins and what tells it from those that begin alike."""
    rest = _clusters(short(difference, limit - limit // 3 - 1))
    head = _clusters(label)[: limit - len(rest) - 1]
    return _trim("".join(head)) + ELLIPSIS + "".join(rest)


def _number(labels: list[str], names: Sequence[str], alike: Sequence[int], limit: int) -> None:
    """Number labels that cannot be told apart within the limit; one name keeps one number."""
    given: dict[str, str] = {}
    for place in alike:
        name = names[place]
        number = 1
        while name not in given:
            label = f"{short(name, limit - 4)} ({number})"
            if label not in labels and label not in given.values():
                given[name] = label
            number += 1
    for place in alike:
        labels[place] = given[names[place]]
