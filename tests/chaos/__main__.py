"""``python -m tests.chaos [--kills 200] [--seed N] [--without clocks disk]``: exit status 1 when anything is not where it belongs."""

from __future__ import annotations

import argparse
import secrets
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from tests.chaos.clocks import NoFaketime, run_clocks
from tests.chaos.drill import run_drill
from tests.chaos.full_disk import run_full_disk
from tests.chaos.invariants import Violation
from tests.chaos.report import stories, table

KILLS = 200
SETTLE_S = 900.0
"""Attempts live two minutes, an order that may never have arrived two more; what failed several times waits as long again."""


DRILLS = ("kills", "clocks", "disk")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--settle", type=float, default=SETTLE_S, help="seconds to wait after the last kill, at most")
    parser.add_argument("--without", nargs="*", choices=DRILLS, default=(), help="leave these drills out")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to stop"))  # so that no process of the drill is left behind
    folder = Path(tempfile.mkdtemp(prefix="zhenfu-chaos-"))
    print(f"seed {arguments.seed}, {arguments.kills} kills, data and logs in {folder}", flush=True)
    drills = {"clocks": _clocks, "disk": _disk, "kills": lambda folder: _kills(folder, arguments)}
    failed = [name for name, drill in drills.items() if name not in arguments.without and not drill(folder / name)]
    if failed:
        print(f"not well: {', '.join(failed)}")
        return 1
    shutil.rmtree(folder)
    return 0


def _kills(folder: Path, arguments: argparse.Namespace) -> bool:
    outcome = run_drill(
        folder / "data", kills=arguments.kills, seed=arguments.seed, settle_s=arguments.settle, to_the_end=True
    )
    print(table(outcome))
    if outcome.violations:
        print(stories(outcome))
    return not outcome.violations


def _clocks(folder: Path) -> bool:
    try:
        found = run_clocks(folder)
    except NoFaketime as missing:
        print(f"clocks               not tried: {missing}")
        return False
    print(f"clocks               slightly off: all work on; minutes off: refused and said so; violations {len(found)}")
    return _none(found)


def _disk(folder: Path) -> bool:
    told, found = run_full_disk(folder)
    print(
        f"full disk            {len(told.started)} numbers given out, {len(told.taken_in)} payments taken in before it, "
        f"{len(told.owed)} paid meanwhile and told again, {told.refused} starts refused; violations {len(found)}"
    )
    return _none(found)


def _none(found: list[Violation]) -> bool:
    for violation in found:
        print(f"  {violation.payment_id or 'all'}: {violation.words}")
    return not found


if __name__ == "__main__":
    sys.exit(main())
