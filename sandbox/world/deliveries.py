"""What the platforms still have to tell the app: notifications, receipts and events, each with its platform's retry timetable."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.world.faults import Faults, seconds_of
from sandbox.world.records import Records
from sandbox.world.wire import Outbound, Record

KIND = "delivery"
LATE_S = 60.0
REORDERED_S = 5.0
Build = Callable[[Record, Record | None], Outbound]
Accepted = Callable[[int, bytes], bool]


@dataclass(frozen=True, slots=True)
class Sort:
    """How deliveries of one sort are made (anew for every try), recognised as accepted, and repeated."""

    build: Build
    accepted: Accepted
    retries_s: Callable[[], Sequence[float]]


@dataclass(slots=True)
class Deliveries:
    """``sorts`` are registered by the platforms. ``take`` → ``outbounds`` → ``answered``, all without a socket."""

    records: Records
    faults: Faults
    sorts: dict[str, Sort] = field(default_factory=dict)
    _due: list[tuple[datetime, str]] = field(default_factory=list)
    _held: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.reload()

    def reload(self) -> None:
        """From the records, as after a restart: what was under way is due again."""
        self._due = [(datetime.fromisoformat(record["due"]), record["key"]) for record in self.records.all(KIND)]
        heapq.heapify(self._due)
        self._held.clear()

    def add(self, sort: str, key: str, payload: Record, now: datetime, delay_s: float = 0.0) -> None:
        self.put_off({"key": f"{sort}:{key}", "sort": sort, "payload": payload, "tries": 0}, now, delay_s)

    def owes(self, sort: str, key: str) -> bool:
        return self.records.get(KIND, f"{sort}:{key}") is not None

    def due(self, now: datetime) -> list[Record]:
        """What is due, without taking it: those under way are among them."""
        return [record for record in self.records.all(KIND) if datetime.fromisoformat(record["due"]) <= now]

    def take(self, now: datetime, limit: int) -> list[Record]:
        """What is due, oldest first. Each one taken must end in ``answered``, unless ``outbounds`` gave none for it."""
        taken: list[Record] = []
        while self._due and self._due[0][0] <= now and len(taken) < limit:
            due, key = heapq.heappop(self._due)
            record = self.records.get(KIND, key)
            if record is not None and self._is_current(due, key):
                taken.append(record)
        return taken

    def next_due(self) -> datetime | None:
        while self._due and not self._is_current(*self._due[0]):
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else None

    def _is_current(self, due: datetime, key: str) -> bool:
        """False for an entry that was set anew or settled since."""
        record = self.records.get(KIND, key)
        return record is not None and datetime.fromisoformat(record["due"]) == due

    def outbounds(self, record: Record, now: datetime) -> list[Outbound]:
        """The requests of this try: none if it is lost or put off (or the world was reset meanwhile), two if it is doubled."""
        if not self._is_owed(record):
            return []
        fault = None if record.get("put_off") else self.faults.strike(record["sort"])
        what = fault["what"] if fault else ""
        if fault is not None and what in {"late", "delay", "reordered"}:
            waits = seconds_of(fault, REORDERED_S if what == "reordered" else LATE_S)
            self.put_off({**record, "put_off": True}, now, waits)
            if what == "reordered":
                self._held.add(record["key"])
            return []
        self._held.discard(record["key"])
        if what == "lost":
            self.answered(record, 0, b"", now)
            return []
        made = self.sorts[record["sort"]].build(record["payload"], fault)
        again = [self.sorts[record["sort"]].build(record["payload"], fault)] if what == "doubled" else []
        self._release(now)
        return [made, *again]

    def _release(self, now: datetime) -> None:
        """Something has overtaken what was held back: it may go now."""
        for key in list(self._held):
            held = self.records.get(KIND, key)
            if held is not None:
                self.put_off(held, now, 0.0)
        self._held.clear()

    def answered(self, record: Record, status: int, body: bytes, now: datetime) -> None:
        """``status`` 0: no answer. The next try is set by the sort's timetable; after the last one it is given up."""
        if not self._is_owed(record):
            return
        sort = self.sorts[record["sort"]]
        tries, retries_s = record["tries"], sort.retries_s()
        if sort.accepted(status, body) or tries >= len(retries_s):
            self.records.drop(KIND, record["key"])
            return
        again = {**record, "tries": tries + 1, "put_off": False}
        self.put_off(again, now, retries_s[tries] * self.faults.notify_time_scale)

    def _is_owed(self, record: Record) -> bool:
        """False when the world was reset while it was under way, though the same may be owed anew since."""
        known = self.records.get(KIND, record["key"])
        return known is not None and (known["due"], known["tries"]) == (record["due"], record["tries"])

    def put_off(self, record: Record, now: datetime, seconds: float) -> None:
        due = now + timedelta(seconds=seconds)
        self.records.put(KIND, record["key"], {**record, "due": due.isoformat()})
        heapq.heappush(self._due, (due, record["key"]))
