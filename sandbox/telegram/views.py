"""What a person gets to see: messages as they stand on the screen, and the answers to what they did."""

from dataclasses import dataclass, field

from sandbox.telegram.files import FileStore
from sandbox.telegram.state import Json, Message


@dataclass(frozen=True)
class View:
    """A message as it stood when it was looked at; `mine` tells the person's own ones from the bot's."""

    message_id: int
    text: str
    html: str
    buttons: list[list[str]]
    silent: bool
    edited: int
    mine: bool
    document: bytes | None
    document_name: str | None
    photo: bytes | None
    raw: Message = field(repr=False, compare=False)

    @property
    def labels(self) -> list[str]:
        """The labels of all inline buttons, row after row."""
        return [label for row in self.buttons for label in row]

    @property
    def reactions(self) -> list[str]:
        """The emoji the bot put under the message."""
        return [reaction["emoji"] for reaction in self.raw.reactions]


def view_of(message: Message, files: FileStore, person_id: int) -> View:
    """How this message looks now to the person with this id."""
    document = message.content.get("document", {})
    photos = message.content.get("photo", [])
    return View(
        message_id=message.message_id,
        text=message.text,
        html=message.html,
        buttons=[[button["text"] for button in row] for row in message.rows],
        silent=message.silent,
        edited=message.edits,
        mine=message.sender.id == person_id,
        document=files.data(document["file_id"]) if document else None,
        document_name=document.get("file_name"),
        photo=files.data(photos[-1]["file_id"]) if photos else None,
        raw=message,
    )


@dataclass(frozen=True)
class CallbackAnswer:
    """What a tap brought: the toast or alert, or what a button does without asking the bot."""

    text: str | None = None
    show_alert: bool = False
    url: str | None = None
    copied: str | None = None
    inline_query: str | None = None


@dataclass(frozen=True)
class Payment:
    """How paying an invoice went; `charge_id` is Telegram's name for the payment."""

    ok: bool
    charge_id: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class InlineResult:
    """One result of an inline query."""

    title: str
    description: str
    text: str
    raw: Json = field(repr=False)


@dataclass(frozen=True)
class InlineAnswer:
    """The bot's answer to an inline query, with the button above the results if it has one."""

    results: list[InlineResult]
    next_offset: str
    button: Json
