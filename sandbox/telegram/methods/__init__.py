"""The methods the server carries out, by the name Telegram gives them."""

from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.telegram.files import Upload
from sandbox.telegram.methods import chats, editing, payments, profile, queries, receiving, sending
from sandbox.telegram.state import World

Handler = Callable[[World, dict[str, Any], dict[str, Upload]], Awaitable[Any]]

HANDLERS: dict[str, Handler] = {
    **receiving.HANDLERS,
    **sending.HANDLERS,
    **editing.HANDLERS,
    **chats.HANDLERS,
    **queries.HANDLERS,
    **profile.HANDLERS,
    **payments.HANDLERS,
}
