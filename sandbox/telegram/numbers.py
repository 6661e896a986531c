"""The numbers Telegram names things by, so that no two things of a kind ever get the same one."""


class Numbers:
    """Counts each kind of thing on its own: messages, queries, updates, files, links, charges."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}
        self._leapt = 0

    def take(self, kind: str, first: int = 1) -> int:
        """The next number of a kind; `first` is where the kind begins."""
        number = self._last[kind] = self._last.get(kind, first - 1 + self._leapt) + 1
        return number

    def leap(self, gap: int) -> None:
        """Leave out this many numbers of each kind, also of those that none was taken of yet."""
        self._leapt += gap
        self._last = {kind: last + gap for kind, last in self._last.items()}
