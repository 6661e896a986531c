"""How many cases the long tests try: `DEPTH=10 make test` tries ten times as many as each run of CI."""

import os

DEPTH = int(os.environ.get("DEPTH", "1"))
