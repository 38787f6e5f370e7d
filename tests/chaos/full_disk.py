"""A disk that runs full under the database: nothing is acknowledged that is not stored, ``/readyz`` says no, and with space all ends well.

The kernel's limit on the size of a file (RLIMIT_FSIZE, set on the running process by prlimit) stands in for the full disk: any user may lower it
for a process of their own, without a mount. A write beyond it fails with EFBIG instead of ENOSPC; the storage engine treats both alike: it
stops. Space alone does not bring it back: it is started again, as a supervisor does.
"""

from __future__ import annotations

import resource
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.chaos.books import Books, read_books
from tests.chaos.invariants import Violation, violations
from tests.end_to_end.installation import Installation
from tests.end_to_end.phone import Phone

ROOM_BYTES = 160 * 1024
"""What the database can still write before its disk is full: a few payments."""
FULL_WITHIN_S = 60.0
ENDS_WITHIN_S = 150.0
"""Attempts that were never paid live one minute here, and a margin."""
LOG = "WiredTigerLog.*"
PEOPLE = range(1, 7)


@dataclass(slots=True)
class Told:
    """What was acknowledged: payments whose number a patient has got, and paid ones whose notification was taken in. ``owed``: paid while
    nothing could be stored, so that the channel was told no and tells it again.
    """

    started: set[str] = field(default_factory=set)
    taken_in: set[str] = field(default_factory=set)
    owed: set[str] = field(default_factory=set)
    refused: int = 0


def run_full_disk(folder: Path, *, to_the_end: bool = True) -> tuple[Told, list[Violation]]:
    """The drill; what is not where it belongs in its end. ``to_the_end``: also of attempts that only their expiry ends.

    Raises AssertionError at the step that failed.
    """
    told = Told()
    with Installation(folder / "data", settings={"ZHENFU_PAYMENT_EXPIRY_MINUTES": "1"}) as world:
        phones = [Phone(world, number, kind) for number in PEOPLE for kind in ("wechat", "alipay")]
        begun = [(phone, _start(phone, told)) for phone in phones[: len(phones) // 2]]
        _fill_disk(world)
        for later, (phone, started) in zip(phones[len(begun) :], begun, strict=True):
            if started and started["call"]:
                phone.enter_password(started)
            _start(later, told)
        world.wait_until(lambda: not world.is_ready(), "/readyz says no", FULL_WITHIN_S)
        assert _start(phones[-1], told) is None, "a payment was begun that can't be stored"
        _note_taken_in(world, told)
        world.kill_database()
        world.start_database()
        world.wait_until(world.is_ready, "the server is ready again")
        until = time.monotonic() + ENDS_WITHIN_S
        while (found := _differences(world, told, to_the_end=to_the_end)) and time.monotonic() < until:
            time.sleep(1.0)
        return told, found


def _fill_disk(world: Installation) -> None:
    """No file of the database may grow beyond what its log has written by now, and a little."""
    pid = world.database.pid
    assert pid is not None
    [log] = sorted((world.folder / "database").glob(LOG))[-1:]
    written = len(log.read_bytes().rstrip(b"\0"))  # the file has its whole length from its beginning, in zeros
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (written + ROOM_BYTES, hard))


def _start(phone: Phone, told: Told) -> dict[str, Any] | None:
    """Scan, and press 支付: what the page got, None if there was no page or it said no."""
    try:
        bill = phone.bills()[0 if phone.kind == "wechat" else -1]
        phone.scan(bill)
        status, started = phone.start(bill)
    except (OSError, AssertionError, ValueError, LookupError):  # no page, no form, or a bill without its QR
        status, started = 503, {}
    if status != 200:
        told.refused += 1
        return None
    told.started.add(str(started["payment_id"]))
    return started


def _note_taken_in(world: Installation, told: Told) -> None:
    """Paid at WeChat Pay, which says itself what it has still to tell."""
    for trade in world.money()["wechatpay"]["trades"]:
        if trade["transaction_id"]:
            (told.owed if trade["notice_owed"] else told.taken_in).add(trade["out_trade_no"])


def _differences(world: Installation, told: Told, *, to_the_end: bool) -> list[Violation]:
    books = read_books(world)
    return [*forgotten(books, told), *violations(books, finished=to_the_end)]


def forgotten(books: Books, told: Told) -> list[Violation]:
    """What was acknowledged, or paid, and is not stored."""
    ours = {payment.id: payment for payment in books.payments}
    lost = [Violation(number, "its number was given out, and it is not stored") for number in told.started - set(ours)]
    unpaid = (told.taken_in | told.owed) - {number for number, payment in ours.items() if payment.paid_fen}
    return lost + [Violation(number, "it was paid, and that is not stored") for number in unpaid]
