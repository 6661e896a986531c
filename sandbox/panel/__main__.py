"""The panel alone, for trying a store by hand: `python -m sandbox.panel --port 9000 --key K --pace 1`."""

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from sandbox.panel.server import SandboxPanel


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.panel", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9000, help="0 takes a free one")
    parser.add_argument("--key", default="sandbox-panel-key")
    parser.add_argument("--pace", type=float, default=1.0, help="how many times faster orders move; 0: not at all")
    parser.add_argument("--balance", type=Decimal, default=Decimal(10000))
    parser.add_argument("--link-field", choices=["url", "link"], default="url")
    parser.add_argument("--services", type=Path, help="a JSON file of rows, in place of the sandbox's own catalogue")
    options = parser.parse_args(arguments)
    rows = json.loads(options.services.read_text(encoding="utf-8")) if options.services else None
    panel = SandboxPanel(
        key=options.key,
        services=rows,
        pace=options.pace,
        balance=options.balance,
        link_field=options.link_field,
    )
    asyncio.run(_serve(panel, options.port, options.host))


async def _serve(panel: SandboxPanel, port: int, host: str) -> None:
    interrupted = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, interrupted.set)
    await panel.start(port, host)
    sys.stdout.write(f"{panel.url}\n")
    sys.stdout.flush()
    await interrupted.wait()
    await panel.stop()


if __name__ == "__main__":
    main()
