"""``python -m tests.chaos [--kills 200] [--seed N]``: exit status 1 when anything is not where it belongs."""

from __future__ import annotations

import argparse
import secrets
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from tests.chaos.drill import run_drill
from tests.chaos.report import stories, table

KILLS = 200
SETTLE_S = 900.0
"""Attempts live two minutes, an order that may never have arrived two more; what failed several times waits as long again."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--settle", type=float, default=SETTLE_S, help="seconds to wait after the last kill, at most")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to stop"))  # so that no process of the drill is left behind
    folder = Path(tempfile.mkdtemp(prefix="zhenfu-chaos-"))
    print(f"seed {arguments.seed}, {arguments.kills} kills, data and logs in {folder}", flush=True)
    outcome = run_drill(
        folder / "data", kills=arguments.kills, seed=arguments.seed, settle_s=arguments.settle, to_the_end=True
    )
    print(table(outcome))
    if outcome.violations:
        print(stories(outcome))
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
