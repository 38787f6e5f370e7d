"""The outside of a reconciliation day, played: statements and a HIS list that say what a test puts into them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import BinaryIO

from server.app.reconciling import ReconciliationMeans
from server.core.days import hospital_day
from server.core.errors import OutcomeUnknown
from server.core.ports import Receiver
from server.payments.model import Payment, PaymentState
from server.platforms.bank.statement import read_bank_file
from server.reconciliation.day_model import DispositionAct, ReconciliationDay, day_id
from server.reconciliation.his_rows import HisRow
from server.reconciliation.model import Category, Leg, Row, RowKind, RowState
from server.reconciliation.ports import FurtherLeg
from server.reconciliation.rules.result_text import result_from_text
from server.reconciliation.statements import (
    StatementAnswer,
    StatementKind,
    StatementReading,
)
from server.storage.memory_days import MemoryFiles
from server.storage.row_files import NEEDED, OPTIONAL, RowFile
from tests.support.builders import HOSPITAL
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import paid
from tests.support.recurring import WholeTask

CHANNEL = "wechat"
LEGS = {StatementKind.TRADE: Leg.CHANNEL, StatementKind.FUND: Leg.FUND}


class PlayedStatements:
    """reconciliation.statements.StatementSource. ``answers`` are given in the place of a file; ``spoilt`` is a file as it came."""

    def __init__(self) -> None:
        self.rows: dict[StatementKind, list[Row]] = {StatementKind.TRADE: [], StatementKind.FUND: []}
        self.answers: dict[StatementKind, StatementAnswer] = {}
        self.spoilt: dict[StatementKind, bytes] = {}
        self.asked: list[tuple[date, StatementKind]] = []

    async def statement(self, day: date, kind: StatementKind, into: Receiver) -> StatementAnswer:
        self.asked.append((day, kind))
        if kind in self.answers:
            return self.answers[kind]
        mine = [row for row in self.rows[kind] if hospital_day(row.at) == day]
        await into.write(self.spoilt.get(kind, file_of(mine)))
        return StatementAnswer.FILE

    def read_statement(self, kind: StatementKind, file: BinaryIO) -> StatementReading:
        return RowFile(LEGS[kind], file)


class PlayedList:
    """reconciliation.ports.HisDayList. ``down``: nobody answers."""

    def __init__(self) -> None:
        self.rows: list[HisRow] | None = []
        self.down = False

    async def statement_day(self, day: date) -> Sequence[HisRow] | None:
        if self.down:
            raise OutcomeUnknown("his", "no answer")
        return None if self.rows is None else [row for row in self.rows if hospital_day(row.booked_at) == day]


def file_of(rows: Iterable[Row]) -> bytes:
    names = (*NEEDED, *OPTIONAL)
    lines = [",".join(names)]
    for row in rows:
        told = {**row._asdict(), "at": row.at.isoformat()}
        lines.append(",".join(str(told[name]) for name in names))
    return "\n".join(lines).encode()


class ReconciledApp:
    """An app in memory with a day to close."""

    def __init__(self, further: Mapping[str, Mapping[str, FurtherLeg]] | None = None) -> None:
        self.statements, self.list, self.files = PlayedStatements(), PlayedList(), MemoryFiles()
        means = ReconciliationMeans(
            sources={HOSPITAL: {CHANNEL: self.statements}},
            lists={HOSPITAL: self.list},
            further=further or {},
            files=self.files,
            bank_reader=read_bank_file,
        )
        self.app = InMemoryApp(reconciliation=means)
        self.days = self.app.composition.days
        self.open_days = WholeTask(self.app.hospitals, self.days.rounds.piece)
        self.days_again = WholeTask(self.app.hospitals, self.days.again.piece)
        self.live_sides = WholeTask(self.app.hospitals, self.days.live.piece)
        self.today = hospital_day(self.app.clock.now())

    def take(self, row: Row) -> None:
        """The channel lists this trade, and its account shows it."""
        self.statements.rows[StatementKind.TRADE].append(row)
        self.statements.rows[StatementKind.FUND].append(row._replace(leg=Leg.FUND, number=f"flow{row.channel_no}"))

    def book(self, row: Row) -> None:
        """The HIS lists it."""
        assert self.list.rows is not None
        refund = row.kind is RowKind.REFUND
        self.list.rows.append(
            HisRow(
                kind=row.kind, way=CHANNEL, amount_fen=row.amount_fen, booked_at=row.at,
                his_trade_no=f"HIS{len(self.list.rows)}", out_trade_no=row.payment_number,
                out_refund_no=row.number if refund else "", transaction_id=row.channel_no,
            )
        )  # fmt: skip

    async def next_morning(self) -> None:
        """10:30 of the next day: the days are opened, and all that they owe now is done."""
        self.app.clock.forward(days=1, hours=1)
        await self.open_days.once()
        await self.work()

    async def work(self) -> None:
        for _ in range(30):
            due = await self.app.stores.days.due(self.app.clock.now(), 100)
            if not due:
                return
            for hospital, document_id in due:
                await self.days.runner.run_due(hospital, document_id)
        raise AssertionError("a day never comes to rest")

    async def decide(
        self, day: ReconciliationDay, ids: Sequence[str], act: DispositionAct, by: str, remark: str
    ) -> ReconciliationDay:
        decisions = self.days.decisions
        return await decisions.record(await decisions.proposed(HOSPITAL, day.id, ids, act, by), remark)

    async def day(self, day: date | None = None) -> ReconciliationDay:
        found = await self.app.stores.days.get(HOSPITAL, day_id(CHANNEL, day or self.today))
        assert found is not None
        return found


def row_of(payment: Payment, leg: Leg = Leg.CHANNEL, **fields: object) -> Row:
    row = Row(
        leg, RowKind.PAYMENT, payment.id, payment.id, payment.amount_fen, RowState.DONE,
        payment.paid_at or payment.created_at, channel_no=payment.parts[0].transaction_id or f"42{payment.id}", fee_fen=7,
    )  # fmt: skip
    return row._replace(**fields)  # type: ignore[arg-type]


async def a_booked_payment(days_app: ReconciledApp) -> Payment:
    payment = await paid(days_app.app)
    await days_app.app.work()
    payment = await days_app.app.payment(payment.id)
    assert payment.state is PaymentState.BOOKED
    return payment


async def agreeing(days_app: ReconciledApp) -> Payment:
    payment = await a_booked_payment(days_app)
    days_app.take(row_of(payment))
    days_app.book(row_of(payment))
    return payment


def categories(day: ReconciliationDay) -> list[Category]:
    return [each.category for each in result_from_text(day.result).discrepancies]


async def differing(days_app: ReconciledApp, amount_fen: int = 500) -> ReconciliationDay:
    """The HIS lacks another system's payment."""
    await agreeing(days_app)
    at = days_app.app.clock.now()
    days_app.take(
        Row(Leg.CHANNEL, RowKind.PAYMENT, "KIOSK1", "KIOSK1", amount_fen, RowState.DONE, at, channel_no="99", fee_fen=0)
    )
    await days_app.next_morning()
    return await days_app.day()


KIOSK = "payment:KIOSK1"
