"""Entries of our payments: what a register lists of each, and how its money is shared out over items."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.core.history import HistoryEvent
from server.payments.model import Payment
from server.payments.purposes.bills.model import Bill
from server.payments.refund_model import Refund, RefundLine, RefundOrigin, RefundState
from server.payments.subject import ChargeItem, Subject
from server.reconciliation.his_rows import HisRow
from server.reconciliation.model import RowKind
from server.reconciliation.register_model import Entry, EntryKind, Share
from server.reconciliation.rules.entries import entries_of, own_parts
from server.reconciliation.rules.his_entries import entry_of
from tests.support.builders import TRANSACTION, a_bill, a_booking, a_paid, a_payment, a_pending, paying_for, with_first
from tests.support.clock_and_ids import MORNING


def item(number: str, amount_fen: int, category: str = "检验", own_fen: int | None = None) -> ChargeItem:
    return ChargeItem(
        item_no=number, name="项目", category=category, spec="", unit="次", quantity="1", unit_price_fen=amount_fen,
        amount_fen=amount_fen, own_fen=own_fen,
    )  # fmt: skip


def paid_for(*bills: Bill) -> Payment:
    return paying_for(a_paid(amount_fen=sum(bill.own_fen for bill in bills)), *bills)


def with_refund(payment: Payment, amount_fen: int, **fields: Any) -> Payment:
    refund = Refund(
        id=f"{payment.id}R01", amount_fen=amount_fen, origin=RefundOrigin.STAFF, reason="duplicate", state=RefundState.SUCCEEDED,
        at=MORNING + timedelta(hours=1), finished_at=MORNING + timedelta(hours=2), asked_by="staff:1001", channel_refund_id="50",
        his_refund_no="HR1",
    )  # fmt: skip
    return replace(payment, refunds=(replace(refund, **fields),))


def shares_of(payment: Payment) -> dict[str, int]:
    return {share.category: share.amount_fen for share in entries_of(payment)[-1].shares}


def test_nothing_is_listed_before_money_came() -> None:
    assert entries_of(a_payment()) == entries_of(a_pending()) == ()
    assert entries_of(with_first(a_paid(), paid_fen=0)) == (), "a bill of 0 fen"


def test_money_is_of_the_moment_when_it_was_paid() -> None:
    payment = replace(a_paid(), paid_at=MORNING + timedelta(minutes=7))
    assert [each.at for each in entries_of(payment)] == [MORNING + timedelta(minutes=7)]


def test_a_receipt_has_every_number_and_no_whole_name() -> None:
    payment = replace(a_paid(amount_fen=1234), booking=a_booking())
    line = HistoryEvent(at=MORNING + timedelta(seconds=3), what="booked")
    (entry,) = entries_of(replace(payment, history=(*payment.history, line)))
    assert (entry.amount_fen, entry.number, entry.transaction_id) == (
        1234,
        payment.id,
        TRANSACTION,
    )
    assert (entry.way, entry.entrance, entry.patient) == (payment.parts[0].channel, "official_account", "张*试")
    assert (entry.at, entry.booked_at) == (payment.paid_at, MORNING + timedelta(seconds=3))
    assert (entry.his_no, entry.receipt_no) == (a_booking().his_trade_no, a_booking().receipt_no)
    assert entries_of(payment)[0].booked_at is None


def test_a_refund_is_an_entry_of_its_own_when_its_money_has_gone() -> None:
    receipt, refund = entries_of(with_refund(a_paid(amount_fen=1234), 234))
    assert refund.reason == "duplicate"
    assert (refund.is_refund, refund.amount_fen, refund.payment_number, refund.transaction_id, refund.his_no) == (
        True,
        234,
        receipt.number,
        "50",
        "HR1",
    )
    assert (refund.began_at, refund.at) == (MORNING + timedelta(hours=1), MORNING + timedelta(hours=2))
    assert (refund.operator, refund.way) == ("staff:1001", receipt.way)


@pytest.mark.parametrize("state", sorted(set(RefundState) - {RefundState.SUCCEEDED}))
def test_a_refund_whose_money_has_not_gone_is_not_listed(state: RefundState) -> None:
    assert len(entries_of(with_refund(a_paid(), 100, state=state))) == 1


def test_money_given_back_elsewhere_did_not_go_back_by_the_channel() -> None:
    refund = entries_of(with_refund(a_paid(), 100, origin=RefundOrigin.ELSEWHERE))[-1]
    assert refund.way == "other"


@pytest.mark.parametrize(
    ("own_fen", "items", "parts"),
    [
        (1000, (item("1", 1500, own_fen=700), item("2", 500, own_fen=300)), (700, 300)),
        (1000, (item("1", 1500), item("2", 500)), (750, 250)),
        (100, (item("1", 100), item("2", 100), item("3", 100)), (33, 33, 34)),
        (2000, (item("1", 1500), item("2", 500)), (1500, 500)),
        (5, (item("1", 0), item("2", 0)), (5, 0)),
        (0, (item("1", 100),), (0,)),
    ],
)
def test_the_patient_s_part_of_each_item_adds_up(
    own_fen: int, items: tuple[ChargeItem, ...], parts: tuple[int, ...]
) -> None:
    (charge,) = paying_for(a_paid(), a_bill(own_fen=own_fen, items=items)).personal.subject.charges
    assert own_parts(charge) == parts
    assert sum(parts) == own_fen


def test_shares_name_department_doctor_and_kind_of_every_bill() -> None:
    first = a_bill("B1", 1000, items=(item("1", 600, "西药"), item("2", 400, "检查")))
    other = a_bill("B2", 500, department="骨科", doctor="韩模拟", items=())
    (entry,) = entries_of(paid_for(first, other))
    assert entry.shares == (
        Share(amount_fen=600, category="西药", department="测试内科", doctor="李虚构"),
        Share(amount_fen=400, category="检查", department="测试内科", doctor="李虚构"),
        Share(amount_fen=500, department="骨科", doctor="韩模拟"),
    )


def test_what_the_charges_do_not_explain_is_a_share_without_a_name() -> None:
    payment = a_paid(amount_fen=1000)
    personal = replace(payment.personal, subject=Subject(charges=()))
    assert entries_of(replace(payment, personal=personal))[0].shares == (Share(amount_fen=1000),)


def test_a_refund_s_shares_are_its_lines_or_the_whole_payment_s() -> None:
    payment = paid_for(a_bill("B1", 1000, items=(item("1", 600, "西药"), item("2", 400, "检查"))))
    assert shares_of(with_refund(payment, 1000)) == {"西药": 600, "检查": 400}
    lines = (RefundLine(charge_no="B1", item_no="2", amount_fen=400),)
    assert shares_of(with_refund(payment, 400, lines=lines)) == {"检查": 400}
    unknown = (RefundLine(charge_no="B1", item_no="9", amount_fen=1),)
    assert shares_of(with_refund(payment, 1, lines=unknown)) == {"": 1}


def test_a_part_without_lines_is_of_the_department_if_there_is_one() -> None:
    one = entries_of(with_refund(paid_for(a_bill("B1", 1000), a_bill("B2", 500)), 300))[-1]
    assert one.shares == (Share(amount_fen=300, department="测试内科", doctor="李虚构"),)
    two = entries_of(with_refund(paid_for(a_bill("B1", 1000), a_bill("B2", 500, department="骨科")), 300))[-1]
    assert two.shares == (Share(amount_fen=300, doctor="李虚构"),)


def test_what_the_his_gave_back_is_a_refund_and_what_it_took_a_receipt() -> None:
    def entry(kind: RowKind) -> Entry:
        return entry_of(
            HisRow(
                kind=kind, way="cash", amount_fen=400, booked_at=MORNING, his_trade_no="H1", out_trade_no="ZH1", out_refund_no="ZH1R01"
            )
        )  # fmt: skip

    paid, back = entry(RowKind.PAYMENT), entry(RowKind.REFUND)
    assert (paid.kind, paid.number) == (EntryKind.PAYMENT, "ZH1")
    assert (back.kind, back.number) == (EntryKind.REFUND, "ZH1R01")
