"""`python -m sandbox.panel`: the sandbox panel alone, for trying things by hand."""

import argparse
import asyncio
from contextlib import suppress

from sandbox.panel import SandboxPanel


async def serve(port: int, key: str, pace: float) -> None:
    """Run until interrupted."""
    panel = SandboxPanel(key=key, pace=pace)
    await panel.start(port)
    print(f"PANEL_API_URL={panel.url}  PANEL_API_KEY={key}")  # noqa: T201 - what was asked for
    try:
        await asyncio.Event().wait()
    finally:
        await panel.stop()


parser = argparse.ArgumentParser(prog="python -m sandbox.panel")
parser.add_argument("--port", type=int, default=9000)
parser.add_argument("--key", default="sandbox-panel-key")
parser.add_argument("--pace", type=float, default=1.0, help="10 makes orders ten times as fast")
arguments = parser.parse_args()
with suppress(KeyboardInterrupt):
    asyncio.run(serve(arguments.port, arguments.key, arguments.pace))
