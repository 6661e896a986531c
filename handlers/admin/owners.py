"""Who may enter the owner's desk: for everyone else its commands and buttons are as if they did not exist."""

from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message


class IsOwner(Filter):
    """Only owners pass; for everyone else the update goes on as if the command did not exist."""

    def __init__(self, owners: tuple[int, ...]) -> None:
        """`owners` are Telegram ids."""
        self._owners = frozenset(owners)

    async def __call__(self, event: Message | CallbackQuery) -> bool:
        """Tell whether the sender is one."""
        return event.from_user is not None and event.from_user.id in self._owners
