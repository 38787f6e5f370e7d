"""What `run.py doctor` looks at: the database, every payment's promise, and what waits for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from server.app.configuration.hospital_file import HospitalFile
from server.app.configuration.untold import untold_anyhow, untold_by_one
from server.app.services import Services
from server.core.errors import StoreError, Unreadable
from server.core.ports import Clock
from server.core.unreadable import UnreadableDocument
from server.effects.model import at_last_resort
from server.effects.timetable import timetable_id
from server.payments.model import Payment
from server.payments.rules.causes import causes
from server.storage.stores import Stores

LATE = timedelta(minutes=10)
SHOWN_MAX = 20
PAYMENTS = "payments"
UNREADABLE_HELP = "it is left as it is; is a key missing from the keyring? else restore it from a backup"
ANEW = "a worker begins it anew (run.py work); find out who has access"
ALIVE = timedelta(minutes=2)
OFF_S = 2.0
WECHAT = "wechat"
DIRECTORY = (
    "WeChat opens its cashier only where the merchant console has the 支付授权目录 (产品中心 → 开发配置 → JSAPI支付) {}/h/{}/ ; "
    "without it patients read 当前页面的URL未注册"
)
CLOCK_HELP = (
    "its processes take no work while it is off; set it right by NTP (chronyc tracking, timedatectl) on both machines"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence for the person at the console; numbers and codes only, no personal data. ``to_mend``: something is to be done."""

    text: str
    to_mend: bool = True

    def __str__(self) -> str:
        return f"· {self.text}"


class MeasuredClock(Protocol):
    """`server.infrastructure.shared_clock.SharedClock`, as far as it is looked at here."""

    @property
    def offset_s(self) -> float | None: ...

    @property
    def is_off(self) -> bool: ...

    async def measure(self) -> None: ...


async def diagnose(
    clock: MeasuredClock, services: Services, unreadable: AsyncIterator[UnreadableDocument]
) -> list[Finding]:
    """Everything that needs a person, at most SHOWN_MAX of each kind."""
    try:
        await clock.measure()  # a small write and its reading
        findings = await _clocks(clock, services)
    except StoreError as error:
        return [Finding(f"the database does not answer ({error}); is it running, and is ZHENFU_DATABASE_URI right?")]
    findings = _checked("clock 时钟", findings)
    findings += _checked("documents that can't be read 读不出的记录", await _unreadable(unreadable))
    findings += _checked("payments 支付", [finding async for finding in _payments(services)])
    for hospital, known in services.hospitals.items():
        if WECHAT in known.identities:
            findings.append(Finding(f"{hospital}: {DIRECTORY.format(known.public_url, hospital)}", to_mend=False))
        findings += _checked(f"{hospital}: alerts 告警", await _alerts(services, hospital))
        unclaimed = [finding async for finding in _unclaimed(services, hospital)]
        findings += _checked(f"{hospital}: unclaimed money 待认领的钱", unclaimed)
        findings += _checked(f"{hospital}: recurring tasks 定时任务", await _tasks(services, hospital))
    return findings


def messages_checked(files: Sequence[HospitalFile]) -> list[Finding]:
    """For every hospital's file: of what patients hear nothing at all, and what one of their entrances does not tell."""
    findings: list[Finding] = []
    for file in files:
        nowhere = [Finding(text) for text in untold_anyhow(file)]
        elsewhere = [Finding(text, to_mend=False) for text in untold_by_one(file)]
        findings += _checked(f"{file.id}: messages to patients 给患者的通知", [*nowhere, *elsewhere])
    return findings


def _checked(what: str, findings: list[Finding]) -> list[Finding]:
    """``findings`` behind a line that says that ``what`` was checked, and the result."""
    to_mend = sum(finding.to_mend for finding in findings)
    result = f"{to_mend} to look at 有 {to_mend} 项" if to_mend else "in order 正常"
    return [Finding(f"checked 已检查 {what}: {result}", to_mend=False), *findings]


async def _clocks(clock: MeasuredClock, services: Services) -> list[Finding]:
    """This machine's clock, and those of the processes that have given a sign of life lately."""
    here = 0.0 if clock.offset_s is None else clock.offset_s
    findings = [Finding(f"this machine's clock is {_apart(here)} the database's", to_mend=False)]
    if clock.is_off:
        findings = [Finding(f"this machine's clock is {_apart(here)} the database's: {CLOCK_HELP}")]
    for pulse in await services.stores.pulses.since(services.clock.now() - ALIVE):
        off_s = pulse.offset_ms / 1000
        if abs(off_s) > OFF_S and not pulse.is_of_command:
            findings.append(Finding(f"the clock of {pulse.process} is {_apart(off_s)} the database's: {CLOCK_HELP}"))
    return findings


def _apart(seconds: float) -> str:
    return f"{abs(seconds):.1f} s {'behind' if seconds < 0 else 'ahead of'}"


async def _alerts(services: Services, hospital: str) -> list[Finding]:
    """A sentence a kind, with how many stand and the oldest of them, so that none hides behind a hundred others."""
    findings = []
    for standing in await services.stores.alerts.standing(hospital):
        oldest = await services.stores.alerts.live(hospital, standing.kind, 1)
        about = f", the oldest: {oldest[0].text}" if oldest else ""
        count = standing.open + standing.taken
        findings.append(
            Finding(
                f"{hospital}: {count} × {standing.kind} ({standing.taken} taken by a person), "
                f"since {standing.oldest:%Y-%m-%d %H:%M}{about}"
            )
        )
    return findings


async def _unalerted(services: Services, payment: Payment) -> list[Finding]:
    """Everything in a payment that needs a person has an alert; one that a person has closed is said again by the rounds."""
    ids = [f"{payment.id}:{kind}:{subject}" for kind, subject in causes(payment)]
    return [
        Finding(f"{one} has no alert: nobody was told; report this as a fault")
        for one in ids
        if await services.stores.alerts.get(payment.hospital, one) is None
    ]


async def _unclaimed(services: Services, hospital: str) -> AsyncIterator[Finding]:
    """What people have not ended yet, and all that was changed in the database."""
    for money in await services.stores.unclaimed.unsettled(hospital, SHOWN_MAX):
        if not money.tampered:
            what = f"unclaimed {money.kind} of {money.amount_fen} fen, {money.transaction_id}: {money.reason}"
            yield Finding(f"{hospital}: {what} ({money.state})")
    late = services.clock.now() - LATE
    async for page in services.stores.unclaimed.pages(hospital):
        for money in page:
            if money.tampered:
                yield Finding(
                    f"{hospital}: unclaimed {money.id} was changed in the database by somebody without the key"
                )
            elif money.next_due is not None and money.next_due < late:
                yield Finding(f"{hospital}: unclaimed {money.id} waits since {money.next_due:%Y-%m-%d %H:%M}")


async def _tasks(services: Services, hospital: str) -> list[Finding]:
    """Tasks that are long overdue, and those that fail again and again. Where no worker has begun a timetable there is nothing to say."""
    try:
        timetable = await services.stores.timetables.get(hospital, timetable_id(hospital))
    except Unreadable:  # told of with the other documents
        return []
    if timetable is None:
        return []
    if timetable.tampered:
        return [Finding(f"{hospital}: the timetable was changed in the database by somebody without the key; {ANEW}")]
    findings, late = [], services.clock.now() - LATE
    for task in timetable.effects:
        if task.due_at < late:
            findings.append(
                Finding(f"{hospital}: {task.kind} waits since {task.due_at:%Y-%m-%d %H:%M}: is a worker running?")
            )
        elif at_last_resort(task):
            findings.append(Finding(f"{hospital}: {task.kind} has failed {task.tries} times, last: {task.last_error}"))
    return findings


async def _unreadable(documents: AsyncIterator[UnreadableDocument]) -> list[Finding]:
    """Payments by their id, the rest as counts: their ids may name a person."""
    newer: Counter[str] = Counter()
    damaged: Counter[str] = Counter()
    shown = []
    async for document in documents:
        (newer if document.newer else damaged)[document.collection] += 1
        if not document.newer and document.collection == PAYMENTS and damaged[PAYMENTS] <= SHOWN_MAX:
            shown.append(Finding(f"payment {document.id} can't be read ({document.why}): {UNREADABLE_HELP}"))
    counted = [
        Finding(f"{count} of {name} can't be read: {UNREADABLE_HELP}")
        for name, count in sorted(damaged.items())
        if name != PAYMENTS or count > SHOWN_MAX
    ]
    left = [
        Finding(f"{count} of {name} are of a newer Zhenfu and left to it: run the newer one")
        for name, count in sorted(newer.items())
    ]
    return [*shown, *counted, *left]


async def _payments(services: Services) -> AsyncIterator[Finding]:
    """Every payment is as we wrote it, owes an effect while it is not at rest, and no effect is long overdue."""
    late = services.clock.now() - LATE
    async for payment in every_payment(services.stores, services.clock):
        if payment.tampered:
            yield Finding(
                f"{payment.id} was changed in the database by somebody without the key: nothing is done with it any more; "
                "find out who has access, and restore it from a backup, or let two people take it as it stands in the console"
            )
            continue
        for finding in await _unalerted(services, payment):
            yield finding
        if payment.is_forgotten():
            yield Finding(
                f"{payment.id} is {payment.state} and owes nothing: it would be forgotten; report this as a fault"
            )
        elif payment.next_due is not None and payment.next_due < late:
            yield Finding(
                f"{payment.id} waits since {payment.next_due:%Y-%m-%d %H:%M}: is a worker running (run.py work)?"
            )


async def every_payment(stores: Stores, clock: Clock) -> AsyncIterator[Payment]:
    """It rests between two pages for as long as the last one took, so that whoever serves goes on."""
    began = clock.now()
    async for page in stores.payments.pages():
        for payment in page:
            yield payment
        await clock.sleep((clock.now() - began).total_seconds())
        began = clock.now()
