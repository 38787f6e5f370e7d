"""A load of patients against a whole installation of real processes on this machine: ``make load``.

Bounded in count and time. Prints rates and latencies, and draws them with the memory of the processes to bench/out/load.svg.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import aiohttp

from bench.drawing import draw
from tests.chaos.desk import Desk
from tests.chaos.phone import Phone, Unanswered
from tests.end_to_end.installation import Installation

OUT = Path(__file__).resolve().parent / "out"
PAYMENTS_MAX, SECONDS_MAX, AT_ONCE_MAX = 5000, 600, 64
PEOPLE = 8
LOOK_EACH_S = 0.1
BOOKED_WITHIN_S = 60.0
NO_SMS_LIMIT = {"seed": 1, "rules": [], "settings": {"sms_number_day": None}}
"""The sandbox's faults: none, and one number gets as many messages in a day as come."""
STEPS = ("scan", "bill", "start", "password", "booked")


@dataclass(slots=True)
class Measured:
    """Seconds by step; what went wrong by its name; (seconds since the beginning, booked so far); memory in MiB by process."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wrong: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    booked: list[float] = field(default_factory=list)
    memory: list[tuple[float, dict[str, float]]] = field(default_factory=list)
    took_s: float = 0.0


async def one_patient(phone: Phone, desk: Desk, measured: Measured, began: float) -> None:
    """From the paper to the booked payment. A card without a bill, or with nothing to pay, is passed over."""
    bill = await desk.take()
    if bill is None or bill["own_fen"] == 0:
        return
    marks = [time.monotonic()]

    def mark() -> None:
        marks.append(time.monotonic())

    await phone.scan(bill)
    mark()
    await phone.open(f"/h/demo/bills/{bill['bill_no']}")
    mark()
    status, started = await phone.start(bill["bill_no"], "")
    if status != 200 or not started.get("call"):
        raise Unanswered(f"start {status}")
    mark()
    if not await desk.enter_password(started):
        raise Unanswered("password")
    mark()
    await until_booked(phone, started["payment_id"])
    mark()
    for step, (before, after) in zip(STEPS, pairwise(marks), strict=True):
        measured.seconds[step].append(after - before)
    measured.booked.append(marks[-1] - began)


async def until_booked(phone: Phone, payment_id: str) -> None:
    """Raises Unanswered where it takes more than `BOOKED_WITHIN_S`."""
    began = time.monotonic()
    while (await phone.state(payment_id))["progress"] != "paid":
        if time.monotonic() - began > BOOKED_WITHIN_S:
            raise Unanswered("not booked")
        await asyncio.sleep(LOOK_EACH_S)


async def run_load(world: Installation, payments: int, at_once: int, seconds: float) -> Measured:
    measured, began = Measured(), time.monotonic()
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        desk = Desk(session, world.sandbox_url, random.Random(1))

        async def queue(number: int) -> None:
            while len(measured.booked) < payments and time.monotonic() - began < seconds:
                try:
                    await one_patient(
                        Phone(session, world.sandbox_port, number % PEOPLE + 1, "wechat"), desk, measured, began
                    )
                except Unanswered as error:
                    measured.wrong[str(error)] += 1

        watching = asyncio.create_task(_watch_memory(world, measured, began))
        await asyncio.gather(*(queue(number) for number in range(at_once)))
        watching.cancel()
    measured.took_s = time.monotonic() - began
    return measured


async def _watch_memory(world: Installation, measured: Measured, began: float) -> None:
    while True:
        pids = {name: part.pid for name, part in world.parts.items()}
        measured.memory.append((time.monotonic() - began, {name: resident_mib(pid) for name, pid in pids.items()}))
        await asyncio.sleep(1.0)


def resident_mib(pid: int) -> float:
    """0 where there is no such process."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    line = next((line for line in status.splitlines() if line.startswith("VmRSS")), "VmRSS: 0 kB")
    return int(line.split()[1]) / 1024


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def table(measured: Measured) -> str:
    rate = len(measured.booked) / measured.took_s if measured.took_s else 0.0
    lines = [f"{len(measured.booked)} payments booked in {measured.took_s:.1f} s: {rate:.1f} a second", ""]
    lines.append(f"{'step':10}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}")
    for step in STEPS:
        values = measured.seconds[step]
        if values:
            cells = "".join(f"{percentile(values, share) * 1000:9.0f}" for share in (0.5, 0.95, 0.99))
            lines.append(f"{step:10}{cells}")
    first, last = measured.memory[0][1], measured.memory[-1][1]
    lines += ["", *(f"memory {name:10}{first[name]:7.0f} → {last[name]:.0f} MiB" for name in last)]
    lines += [f"wrong: {count} × {what}" for what, count in measured.wrong.items()]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payments", type=int, default=300)
    parser.add_argument("--at-once", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=120.0)
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        Installation(Path(folder) / "data", serves=1, workers=1, cold=True) as world,
    ):
        world.ask("/sandbox/faults", NO_SMS_LIMIT, "PUT")
        measured = asyncio.run(
            run_load(
                world,
                min(given.payments, PAYMENTS_MAX),
                min(given.at_once, AT_ONCE_MAX),
                min(given.seconds, SECONDS_MAX),
            )
        )
    OUT.mkdir(exist_ok=True)
    (OUT / "load.svg").write_text(draw(measured.booked, measured.seconds["booked"], measured.memory), "utf-8")
    print(table(measured))
    print(f"\ndrawn: {OUT / 'load.svg'}")


if __name__ == "__main__":
    main()
