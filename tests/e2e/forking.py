"""The store as tests start it: forked from a process that has imported it, with a trap in it where it is to die.

`python -m tests.e2e.forking` reads one order a line from its input (see `StoreProcess`), starts a process that runs
`bot.__main__.main()` under it, and answers with the process's id. Importing the store takes a second of the processor;
here it is imported once for some hundred stores. When the input ends, every store ends with it.
"""

import importlib
import json
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import bot.__main__
import bot.app
from shop.steps import at_each_step


def main() -> None:
    """Start a store for each line."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the dead
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            run(json.loads(line))
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
    os.killpg(0, signal.SIGKILL)


def run(order: dict[str, Any]) -> None:
    """Be the store: `command` with the settings `environment`, written to `log`; never returns."""
    status = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        output = os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.environ.clear()
        os.environ.update(order["environment"])
        sys.argv = ["bot", order["command"]]
        for name, seconds in order["patience"].items():
            shorten(name, seconds)
        set_trap(Path(order["trap"]))
        status = bot.__main__.main()
    finally:
        sys.stdout.flush()
        Path(order["exit"]).write_text(str(status))
        os._exit(status)


def set_trap(trap: Path) -> None:
    """Kill the process at the step whose name stands in the file `trap`; the file goes first, so it snaps once."""

    def snap(name: str) -> None:
        if trap.exists() and trap.read_text() == name:
            trap.unlink()
            os.kill(os.getpid(), signal.SIGKILL)

    at_each_step(snap)


def shorten(name: str, seconds: float) -> None:
    """Set a wait of the store, like `shop.submission.LEASE`, to so many seconds."""
    module_name, _, constant = name.rpartition(".")
    module = importlib.import_module(module_name)
    before = getattr(module, constant)
    setattr(module, constant, timedelta(seconds=seconds) if isinstance(before, timedelta) else type(before)(seconds))


if __name__ == "__main__":
    main()
