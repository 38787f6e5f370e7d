"""The hour in which the numbers of a day are released."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from bench.engine import Row
from bench.means import Means
from bench.programs import Program

PATIENTS_A_NUMBER = 16


def rows(means: Means) -> Sequence[Row]:
    patients = means.plan.patients
    numbers = max(2, patients // PATIENTS_A_NUMBER)
    words = [sys.executable, "-m", "bench.release_hour", str(patients), str(numbers)]
    return [
        Row(
            "release-hour",
            f"{patients:,} patients press for {numbers:,} numbers within ten seconds",
            [Program("Zhenfu", lambda: words)],
            note="One process over its in-memory stores, HIS and channel played: processor time of one press, and presses a second, without HTTP and database. "
            "The row ends with a sentence where a number is sold twice or held unpaid beyond its time, or a bill that another pays meanwhile is not booked.",
        )
    ]
