"""Files on Telegram's side: what was uploaded, under which id it is known, and what a picture measures."""

import re
import struct
from dataclasses import dataclass
from typing import Any

from sandbox.telegram.numbers import Numbers
from sandbox.telegram.refusals import bad_request, violation

_UPLOAD_LIMIT = 50 * 1024 * 1024
_PHOTO_LIMIT = 10 * 1024 * 1024
_DOWNLOAD_LIMIT = 20 * 1024 * 1024


@dataclass(frozen=True)
class Upload:
    """A file as it arrives in a multipart call."""

    name: str
    mime: str
    data: bytes


@dataclass(frozen=True)
class StoredFile:
    """A file Telegram keeps; `kind` is `document`, `photo` or `sticker`."""

    file_id: str
    kind: str
    name: str
    mime: str
    data: bytes
    size: tuple[int, int] = (0, 0)
    number: int = 0

    @property
    def path(self) -> str:
        """Where it is downloaded from, below `/file/bot<token>/`: of its own name only the ending is left."""
        ending = re.search(r"\.[A-Za-z0-9]{1,10}\Z", self.name)
        return f"{self.kind}s/file_{self.number}{ending.group() if ending else ''}"

    def as_json(self) -> Any:
        """The `Document`, `PhotoSize` list or `Sticker` that stands in a message."""
        known: dict[str, Any] = {
            "file_id": self.file_id,
            "file_unique_id": f"u{self.file_id}",
            "file_size": len(self.data),
        }
        if self.kind == "document":
            return known | {"file_name": self.name, "mime_type": self.mime}
        known |= {"width": self.size[0], "height": self.size[1]}
        if self.kind == "photo":
            return [known]
        return known | {"type": "regular", "is_animated": False, "is_video": False, "emoji": "👍"}


def picture_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG, JPEG or GIF in pixels; None when it is none of them."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return width, height
    if data[:6] in {b"GIF87a", b"GIF89a"}:
        width, height = struct.unpack("<HH", data[6:10])
        return width, height
    at = 2
    while data.startswith(b"\xff\xd8") and at + 9 < len(data) and data[at] == 0xFF:
        length = struct.unpack(">H", data[at + 2 : at + 4])[0]
        if 0xC0 <= data[at + 1] <= 0xCF and data[at + 1] not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return None


class FileStore:
    """All files by id."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers
        self._files: dict[str, StoredFile] = {}

    def keep(self, kind: str, upload: Upload, size: tuple[int, int] = (100, 100)) -> StoredFile:
        """Store a file, whoever sent it."""
        number = self._numbers.take("file")
        file_id = f"{kind[:3].upper()}{number:06d}sandbox"
        stored = StoredFile(file_id, kind, upload.name, upload.mime, upload.data, size, number)
        self._files[file_id] = stored
        return stored

    def data(self, file_id: str) -> bytes:
        """What is in a file, of whatever size."""
        return self._files[file_id].data

    def find(self, file_id: str) -> StoredFile | None:
        """The file with this id, if there is one."""
        return self._files.get(file_id)

    def by_path(self, path: str) -> StoredFile | None:
        """The file behind a download address."""
        return next((stored for stored in self._files.values() if stored.path == path), None)

    def to_download(self, file_id: str) -> StoredFile:
        """The file a `getFile` asks for; at most 20 MB (https://core.telegram.org/bots/api#getfile)."""
        stored = self._files.get(file_id)
        if stored is None:
            raise bad_request("invalid file_id")
        if len(stored.data) > _DOWNLOAD_LIMIT:
            raise bad_request("file is too big")
        return stored

    def to_send(self, kind: str, value: str, uploads: dict[str, Upload]) -> StoredFile:
        """The file a bot sends: `attach://…` for one that came with the call, or the id of a known one."""
        if not value.startswith("attach://"):
            stored = self._files.get(value)
            if stored is None:
                raise violation("wrong file identifier/HTTP URL specified")
            if stored.kind != kind:
                raise violation(f"can't use file of type {stored.kind.title()} as {kind.title()}")
            return stored
        upload = uploads.get(value.removeprefix("attach://"))
        if upload is None:
            raise violation(f"there is no {kind} in the request")
        if not upload.data:
            raise violation("file must be non-empty")
        if len(upload.data) > (_PHOTO_LIMIT if kind == "photo" else _UPLOAD_LIMIT):
            raise violation("file is too big")
        if kind != "photo":
            return self.keep(kind, upload)
        size = picture_size(upload.data)
        if size is None:
            raise violation("IMAGE_PROCESS_FAILED")
        if sum(size) > 10_000 or max(size) > 20 * min(size):
            raise violation("PHOTO_INVALID_DIMENSIONS")
        return self.keep(kind, upload, size)
