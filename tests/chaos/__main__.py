"""`python -m tests.chaos --minutes 2 --seed 7 --mode many`: ends with 0 when the books agree, with 1 and why otherwise.

The seed repeats the plan: who orders what and how, what fails and what is killed when. Real timing varies.
"""

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
from pathlib import Path

from tests.chaos.run import open_run


async def run(seed: int, minutes: float, mode: str, logs: Path) -> bool:
    """Run once and say how it went; return whether the books agree."""
    say(f"mode {mode}, seed {seed}, {minutes:g} minutes; again: make chaos MINUTES={minutes:g} SEED={seed} MODE={mode}")
    async with open_run(seed, minutes, mode, logs) as chaos:
        report = await chaos.go(minutes)
    say(report.text())
    if report.broken:
        (logs / "report.txt").write_text(report.text(), encoding="utf-8")
        say(f"seed {seed}; the logs are in {logs}")
    return not report.broken


def say(text: str) -> None:
    """Print at once, also into a pipe."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    """Read the arguments, run, return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=2, help="of each mode")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--mode", choices=["single", "many", "both"], default="both")
    parser.add_argument("--logs", type=Path, help="a new folder for logs and databases, kept")
    chosen = parser.parse_args()
    logs = chosen.logs or Path(tempfile.mkdtemp(prefix="chaos-"))
    logs = logs.absolute()
    logs.mkdir(exist_ok=True)
    modes = ["single", "many"] if chosen.mode == "both" else [chosen.mode]
    agreed = []
    for mode in modes:
        (logs / mode).mkdir()
        agreed.append(asyncio.run(run(chosen.seed, chosen.minutes, mode, logs / mode)))
    if all(agreed) and chosen.logs is None:
        shutil.rmtree(logs)
    return 0 if all(agreed) else 1


if __name__ == "__main__":
    sys.exit(main())
