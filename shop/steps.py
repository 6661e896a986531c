"""Named moments of the store's work at which tests stop the process: the places where a kill -9 matters.

A moment costs one comparison. Only a test sets what happens at it; nothing in the store does, and no setting can.
"""

from collections.abc import Callable

_at_step: Callable[[str], None] | None = None


def step(name: str) -> None:
    """Pass the moment `name`, `<journey>.<what has just been done>`; tests find the names in the source."""
    if _at_step is not None:
        _at_step(name)


def at_each_step(do: Callable[[str], None] | None) -> None:
    """Have `do` called with the name of each moment that is passed; None ends it."""
    global _at_step  # noqa: PLW0603 - one hook a process, as there is one process to stop
    _at_step = do
