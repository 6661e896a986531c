"""Comments as customers send them: lines of a message, or a text file of any of the usual encodings."""

import codecs

MAX_FILE_BYTES = 1_048_576


class CommentsUnreadable(ValueError):
    """The file holds no text."""


class CommentsTooLarge(ValueError):
    """The file is larger than MAX_FILE_BYTES."""


def lines_of(text: str) -> tuple[str, ...]:
    """Return the lines that are not blank, trimmed; every kind of line end counts."""
    return tuple(line for line in (raw.strip(" \t\u200b\ufeff") for raw in text.splitlines()) if line.strip())


def decode_file(data: bytes) -> str:
    """Return the text of a .txt: UTF-8 with or without a mark, UTF-16 with one, else CP1251.

    Raises CommentsTooLarge, and CommentsUnreadable for what is no text.
    """
    if len(data) > MAX_FILE_BYTES:
        raise CommentsTooLarge
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    elif b"\0" in data:
        raise CommentsUnreadable
    else:
        encodings = ["utf-8-sig", "cp1251"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if any(ord(mark) < 32 and mark not in "\t\n\r\x0b\x0c\x1c\x1d\x1e\x1f" for mark in text):
            break
        return text
    raise CommentsUnreadable
