"""Keeps a sandbox between two runs: Telegram and the panel are saved into one file and go on from it later."""

import pickle
from pathlib import Path

from sandbox.panel import SandboxPanel
from sandbox.telegram import SandboxTelegram

_FORMAT = 1


class Unreadable(Exception):
    """The file of a sandbox cannot be read; says which one."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} holds no sandbox that can be gone on with ({why}); delete it to begin anew")
        self.path = path


def save(path: Path, telegram: SandboxTelegram, panel: SandboxPanel) -> None:
    """Write both as they stand now, in place of what the file held; it is never seen half written.

    Done in one go: nothing happens in the sandbox in between. Calls and ordered faults are not kept.
    """
    kept = pickle.dumps({"format": _FORMAT, "telegram": telegram.state(), "panel": panel.state()})
    beside = path.with_name(f"{path.name}.new")
    beside.write_bytes(kept)
    beside.replace(path)


def load(path: Path, telegram: SandboxTelegram, panel: SandboxPanel) -> bool:
    """Let both, not started yet, go on from the file; False when there is none. Raises Unreadable.

    Ids go on with a gap, and the panel's orders from where they stood. Tokens, keys, ports and clocks
    are those of the two given; the panel's pace and switches are those of the file. Only for files that
    `save` wrote: reading one runs what it says.
    """
    if not path.exists():
        return False
    try:
        kept = pickle.loads(path.read_bytes())  # noqa: S301 - the sandbox's own file, written by `save`
        if kept["format"] != _FORMAT:
            raise Unreadable(path, f"it is of format {kept['format']}, not {_FORMAT}")
        telegram_then, panel_then = kept["telegram"], kept["panel"]
    except Unreadable:
        raise
    # Damage, or classes that have changed since: pickle has no error of its own for these.
    except Exception as error:
        raise Unreadable(path, f"{type(error).__name__}: {error}") from error
    telegram.restore(telegram_then)
    panel.restore(panel_then)
    return True
