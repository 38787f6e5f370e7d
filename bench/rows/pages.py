"""What a patient's phone asks: the list of bills, and the start of a payment."""

from __future__ import annotations

from collections.abc import Sequence

from bench.asking import Request
from bench.engine import Row
from bench.means import OURS, Means
from bench.replayed import Replayed


def rows(means: Means) -> Sequence[Row]:
    replayed = Replayed()

    async def starts(count: int) -> Sequence[Request]:
        return await replayed.keep(await means.world.starts(count))

    async def pages(count: int) -> Sequence[Request]:
        return [Request("/bills", method="GET")] * count

    return [
        Row(
            "bills",
            "List of 20 bills",
            [
                means.ours(means.world.page_of_bills),
                means.other("one find and one Jinja2 page", "bills_floor.py", pages, "jinja2", stores=True),
            ],
            goals={"cpu_us": 1500},
            note="Zhenfu asks the HIS at each request; the other has its bills in the database, and no login.",
        ),
        Row(
            "bills-kept",
            "List of 20 bills, as the HIS told it a moment ago",
            [means.of(means.keeping, OURS, means.keeping.page_of_bills)],
            goals={"cpu_us": 1000},
            note="A hospital that keeps such lists for 30 seconds: who asks, which cards are theirs and what is paid is read each time.",
        ),
        Row(
            "start",
            "Start of a payment",
            [
                means.ours(starts, most=means.plan.supply),
                means.other("the two signatures alone", "start_floor.py", replayed.again, "cryptography"),
            ],
            goals={"cpu_us": 2000},
            note="From the press on 支付 to the call of the cashier: HIS asked, payment stored, order made at the channel.",
        ),
    ]
