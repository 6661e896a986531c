"""How the server says no: Telegram's codes and texts, with breaches of the Bot API apart from bad luck."""

from typing import Any


class Refusal(Exception):
    """The server does not do what was asked.

    A plain refusal may meet a bot that does everything right (the chat is gone, nothing changed);
    a `Violation` cannot, and is kept in the list that tests assert to be empty.
    """

    def __init__(self, description: str, code: int = 400, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.description = description
        self.code = code
        self.retry_after = retry_after

    def envelope(self) -> dict[str, Any]:
        """The body that Telegram sends with this refusal."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.retry_after is not None:
            body["parameters"] = {"retry_after": self.retry_after}
        return body


class Violation(Refusal):
    """The call breaks the Bot API: its types, limits, entities, keyboards or deadlines."""


def bad_request(text: str) -> Refusal:
    """A 400 that a correct bot may meet."""
    return Refusal(f"Bad Request: {text}")


def violation(text: str) -> Violation:
    """A 400 that only a mistake in the bot can bring about."""
    return Violation(f"Bad Request: {text}")
