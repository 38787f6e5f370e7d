"""What the platforms still have to tell the app: notifications and receipts, each with its platform's retry timetable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.world.faults import Faults
from sandbox.world.records import Records
from sandbox.world.wire import Outbound, Record

KIND = "delivery"
Build = Callable[[Record, Record | None], Outbound]
Accepted = Callable[[int, bytes], bool]


@dataclass(frozen=True, slots=True)
class Sort:
    """How deliveries of one sort are made (anew for every try), recognised as accepted, and repeated."""

    build: Build
    accepted: Accepted
    retries_s: Sequence[float]


@dataclass(slots=True)
class Deliveries:
    """``sorts`` are registered by the platforms. ``due`` → ``outbounds`` → ``answered``, all without a socket."""

    records: Records
    faults: Faults
    sorts: dict[str, Sort] = field(default_factory=dict)
    _counter: int = 0

    def add(self, sort: str, key: str, payload: Record, now: datetime, delay_s: float = 0.0) -> None:
        record: Record = {"key": f"{sort}:{key}", "sort": sort, "payload": payload, "tries": 0}
        record["due"] = (now + timedelta(seconds=delay_s)).isoformat()
        self.records.put(KIND, record["key"], record)

    def due(self, now: datetime) -> list[Record]:
        return [record for record in self.records.all(KIND) if datetime.fromisoformat(record["due"]) <= now]

    def next_due(self) -> datetime | None:
        return min((datetime.fromisoformat(record["due"]) for record in self.records.all(KIND)), default=None)

    def outbounds(self, record: Record, now: datetime) -> list[Outbound]:
        """The requests of this try: none if it is lost or put off, two if it is doubled. Counts the try."""
        fault = self.faults.strike(record["sort"])
        what = fault["what"] if fault else ""
        if fault is not None and what in {"late", "delay"}:
            self._at(record, now, float(fault.get("seconds", 60)))
            return []
        if what == "lost":
            self.answered(record, 0, b"", now)
            return []
        sort = self.sorts[record["sort"]]
        return [sort.build(record["payload"], fault) for _ in range(2 if what == "doubled" else 1)]

    def answered(self, record: Record, status: int, body: bytes, now: datetime) -> None:
        """``status`` 0: no answer. The next try is set by the sort's timetable; after the last one it is given up."""
        sort = self.sorts[record["sort"]]
        if self.records.get(KIND, record["key"]) is None:
            return
        tries = record["tries"]
        if sort.accepted(status, body) or tries >= len(sort.retries_s):
            self.records.drop(KIND, record["key"])
            return
        self._at({**record, "tries": tries + 1}, now, sort.retries_s[tries] * self.faults.notify_time_scale)

    def _at(self, record: Record, now: datetime, seconds: float) -> None:
        self.records.put(KIND, record["key"], {**record, "due": (now + timedelta(seconds=seconds)).isoformat()})
