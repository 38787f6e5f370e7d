"""``python -m tests.simulation``: one seed replayed (``--seed N``), a range, or new ones until stopped."""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import ExitStack

from tests.simulation.minimise import minimised
from tests.simulation.mutants import MUTANTS, broken
from tests.simulation.paying import Paying
from tests.simulation.plays import LONG_STEPS, MINI_STEPS, STEPS
from tests.simulation.run import Outcome, run

CHUNK = 20
PAUSE_S = {True: 0.2, False: 10.0}
"""Between two drawings of the progress, on a terminal and in a file."""
BAR = 24
MILESTONE = 2000
"""Seeds that one filling of the bar stands for."""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="replay this seed and print its trace")
    parser.add_argument(
        "--steps", type=int, help=f"steps of the people in one run (default {STEPS}, {MINI_STEPS} or {LONG_STEPS})"
    )
    parser.add_argument("--mini", action="store_true", help="people have the mini-program, too")
    for paying, told in (
        (Paying.PURPOSES, "people pay for two test purposes instead of bills"),
        (Paying.STAYS, "people pay deposits and settle stays in hospital instead of bills"),
        (Paying.REGISTRATION, "people register instead of paying bills"),
        (Paying.BALANCES, "people have old balances on their cards, too, and ask them back"),
        (Paying.GUARDIANS, "people register a child, whose guardian they must be"),
    ):
        parser.add_argument(f"--{paying}", dest="paying", action="store_const", const=paying, help=told)
    parser.set_defaults(paying=Paying.BILLS)
    parser.add_argument("--first", type=int, default=1, help="where to begin without --seed (default 1)")
    parser.add_argument("--count", type=int, help="how many seeds to run; without it until stopped")
    parser.add_argument("--small", action="store_true", help="with --seed: minimise a failing run first")
    parser.add_argument("--mutant", choices=[mutant.name for mutant in MUTANTS], help="break Zhenfu on purpose")
    return parser.parse_args()


def main() -> int:
    asked = _arguments()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)  # a run leaves little behind, and collecting often took an eighth of its time
    with ExitStack() as stack:
        for mutant in MUTANTS:
            if mutant.name == asked.mutant:
                asked.mini = asked.mini or mutant.mini
                asked.paying = mutant.paying
                stack.enter_context(broken(mutant))
        if asked.seed is not None:
            return _replay(run(asked.seed, asked.steps, mini=asked.mini, paying=asked.paying), small=asked.small)
        return _until_stopped(asked)


def _replay(outcome: Outcome, *, small: bool) -> int:
    if outcome.problems and small:
        _tell(outcome)
        return 1
    print(outcome.trace)
    print(
        f"\nseed {outcome.seed}: {outcome.payments} payments, {len(outcome.faults)} faults, {outcome.simulated_s / 3600:.1f} simulated hours"
    )
    for problem in outcome.problems:
        print(f"PROBLEM {problem}")
    return 1 if outcome.problems else 0


def _tell(outcome: Outcome) -> None:
    """A failing run, small, so that a person can read what went wrong."""
    least = minimised(outcome)
    print(least.outcome.trace)
    print(
        f"\nseed {outcome.seed} fails; of its {outcome.steps} steps {sorted(least.steps)} and of its {len(outcome.faults)} faults"
    )
    print("\n".join(f"  {fault}" for fault in sorted(least.faults)) or "  none")
    print(f"are enough ({least.runs} runs):")
    for problem in least.outcome.problems:
        print(f"PROBLEM {problem}")
    world = f"{' --mini' if outcome.mini else ''}{outcome.paying.option}"
    print(f"replay: python -m tests.simulation --seed {outcome.seed} --steps {outcome.steps}{world}")


def _chunk(seeds: range, steps: int | None, mini: bool, paying: Paying) -> tuple[int, list[int], float]:
    """(runs, failing seeds, simulated seconds)."""
    outcomes = [run(seed, steps, mini=mini, paying=paying) for seed in seeds]
    return len(seeds), [o.seed for o in outcomes if o.problems], sum(o.simulated_s for o in outcomes)


def _leave_stopping_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _chunks(first: int, count: int | None) -> Iterator[range]:
    start = first
    while count is None or start < first + count:
        end = start + CHUNK if count is None else min(start + CHUNK, first + count)
        yield range(start, end)
        start = end


def _until_stopped(asked: argparse.Namespace) -> int:
    cores = os.cpu_count() or 1
    began, done, simulated_s = time.monotonic(), 0, 0.0
    failing: list[int] = []
    chunks = _chunks(asked.first, asked.count)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ProcessPoolExecutor(cores, initializer=_leave_stopping_to_the_parent) as pool:
        under_way: set[Future[tuple[int, list[int], float]]] = set()
        try:
            shown = 0.0
            while not failing:
                while len(under_way) < cores * 2 and (seeds := next(chunks, None)) is not None:
                    under_way.add(pool.submit(_chunk, seeds, asked.steps, asked.mini, asked.paying))
                if not under_way:
                    break
                ended, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                for future in ended:
                    runs, failed, seconds = future.result()
                    done, failing, simulated_s = done + runs, failing + failed, simulated_s + seconds
                if time.monotonic() - shown >= PAUSE_S[sys.stdout.isatty()]:
                    shown = time.monotonic()
                    _show(done, len(failing), shown - began, simulated_s)
            _show(done, len(failing), time.monotonic() - began, simulated_s)
        except KeyboardInterrupt:
            print("\nstopped")
        pool.shutdown(wait=False, cancel_futures=True)
    print()
    if failing:
        _tell(run(min(failing), asked.steps, mini=asked.mini, paying=asked.paying))
    return 1 if failing else 0


def _show(done: int, failing: int, seconds: float, simulated_s: float) -> None:
    filled = done % MILESTONE * BAR // MILESTONE
    bar = "█" * filled + "·" * (BAR - filled)
    rate = done / seconds if seconds else 0.0
    line = f"{bar} {done:,} seeds, {rate:.0f} a second, {simulated_s / 86400:,.0f} simulated days, {failing} failing"
    print(f"\r{line}", end="" if sys.stdout.isatty() else "\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
