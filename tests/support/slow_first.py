"""The order of a whole run on several workers: each begins with its share of the slow files, so that none ends late.

pytest-xdist's ``worksteal`` deals the tests in equal runs of the list, one for each worker, and lets who is done steal from the end of
another's run. So every run begins with slow files and ends with quick ones: no slow test is left for the end, and no module whose
installation takes seconds to start is cut in two.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

SECONDS = {
    "tests/simulation/test_seeds.py": 170,
    "tests/chaos/test_short.py": 70,
    "tests/end_to_end/test_miniprogram_expiry.py": 65,
    "tests/miniprogram/test_miniprogram.py": 65,
    "tests/simulation/test_simulator.py": 60,
    "tests/handlers/test_pages_measured_in_browser.py": 45,
    "tests/browser/test_journey.py": 30,
    "tests/browser/test_miniprogram.py": 30,
    "tests/browser/test_registration_journey.py": 30,
    "tests/end_to_end/test_alipay.py": 30,
    "tests/end_to_end/test_demo_processes.py": 30,
    "tests/mutation/test_mutation.py": 30,
    "tests/browser/test_miniprogram_looks.py": 25,
    "tests/end_to_end/test_bench.py": 25,
    "tests/end_to_end/test_staff_refunds.py": 25,
    "tests/fuzz/test_openapi.py": 25,
    "tests/browser/test_console.py": 20,
    "tests/end_to_end/test_miniprogram.py": 20,
    "tests/end_to_end/test_paying.py": 20,
    "tests/browser/test_bill_taps.py": 15,
    "tests/end_to_end/test_canary.py": 15,
    "tests/end_to_end/test_closing_a_day.py": 15,
    "tests/fuzz/test_limits.py": 15,
    "tests/sandbox/test_survival.py": 15,
    "tests/sandbox_phones/test_browser.py": 15,
    "tests/end_to_end/test_alipay_account.py": 10,
    "tests/end_to_end/test_deaths.py": 10,
    "tests/end_to_end/test_miniprogram_services.py": 10,
    "tests/end_to_end/test_old_balance.py": 10,
    "tests/end_to_end/test_pressure.py": 10,
    "tests/end_to_end/test_reports_and_wristbands.py": 10,
    "tests/end_to_end/test_serve_processes.py": 10,
    "tests/end_to_end/test_three_entrances.py": 10,
    "tests/unit/storage/test_embedded.py": 10,
}
"""About how long a file runs alone on a quiet machine. Only which are much slower than others matters."""


class Item(Protocol):
    @property
    def nodeid(self) -> str: ...


Test = TypeVar("Test", bound=Item)


def slow_first(tests: Sequence[Test], workers: int) -> list[Test]:
    """All of ``tests``: what each of ``workers`` is dealt begins with slow files, shared out so that all have about as much of them."""
    files: dict[str, list[Test]] = {}
    for test in tests:
        files.setdefault(test.nodeid.partition("::")[0], []).append(test)
    shares: list[list[Test]] = [[] for _ in range(workers)]
    seconds = [0] * workers
    for file in sorted(SECONDS.keys() & files.keys(), key=lambda name: (-SECONDS[name], name)):
        least = seconds.index(min(seconds))
        shares[least] += files.pop(file)
        seconds[least] += SECONDS[file]
    quick = [test for own in files.values() for test in own]
    ordered: list[Test] = []
    for number, share in enumerate(shares):
        dealt = (len(tests) - len(ordered)) // (workers - number)  # as worksteal counts
        taken = max(dealt - len(share), 0)
        ordered += share + quick[:taken]
        del quick[:taken]
    return ordered + quick
