"""View models: pure, so each is tried with what the pages rarely see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.base.display import clock_time, day, day_and_time, patient_text, quantity, short_time, yuan
from handlers.patient.paying import sms_choice
from handlers.patient.views.bills import bill_list, checkout, groups
from handlers.patient.views.payments import can_pay, payment_list, payment_page, progress_text
from server.core.errors import BadInput
from server.payments.answers import PaymentView
from server.payments.model import Booking, Payment, PaymentState
from server.payments.purposes.bills.model import Bill, BillStatus
from server.payments.purposes.bills.service import PatientBills
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.going_back import begin_return
from server.payments.rules.progress import Progress, standing
from server.payments.sms_choice import KNOWN_NUMBER, NO_SMS, SmsChoice, sms_to
from tests.support.builders import a_bill, a_paid, a_pending
from tests.support.clock_and_ids import MORNING


def seen(payment: Payment) -> PaymentView:
    return PaymentView(payment, standing(payment), "微信支付")


def shown(bills: Sequence[Bill], own_fen: int) -> dict[str, object]:
    return checkout("/h/demo", bills, own_fen, "", {}, {})


def an_entry(*bills: object, **fields: object) -> PatientBills:
    facts = {"name_masked": "张*", "card_masked": "****0001", "card_key": "k", "bound": False, "scanned": True}
    return PatientBills(**{**facts, "bills": bills, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(("fen", "text"), [(0, "¥0.00"), (5, "¥0.05"), (123456789, "¥1,234,567.89"), (-150, "-¥1.50")])
def test_money_is_written_exactly(fen: int, text: str) -> None:
    assert yuan(fen) == text


def test_times_are_the_hospitals() -> None:
    late = MORNING.replace(hour=16, minute=5)  # 00:05 of the next day in Shanghai
    assert day(late) == "11月24日"
    assert day_and_time(late) == "2026年11月24日 00:05"
    assert patient_text("张小甜", "CARD880001") == "张*甜 就诊卡\u00a0****0001"
    assert patient_text("", "") == "", "somebody who was erased"
    assert short_time(late) == "11月24日 00:05"
    assert clock_time(late) == "11月24日 00:05:00"


@pytest.mark.parametrize(
    ("text", "shown"),
    [("2.00", "2盒"), ("0.50", "0.5盒"), ("10", "10盒"), ("100", "100盒"), ("半", "半盒"), ("1.0.0", "1.0.0盒")],
)
def test_quantities_lose_only_empty_decimals(text: str, shown: str) -> None:
    assert quantity(text, "盒") == shown


def test_a_list_adds_up_and_names_what_may_be_paid_together() -> None:
    bills = [
        a_bill("A/1", 100, settle_group="g", department="内科"),
        a_bill("B", 200, settle_group="g", department="放射科"),
        a_bill("C", 300, settle_group="", department="检验科"),
    ]
    view = bill_list("/h/demo", [an_entry(*bills), an_entry(bound=True, scanned=False)], {})
    assert (view["total"], view["count"], view["is_empty"]) == ("¥6.00", 3, False)
    first, second = view["patients"]  # type: ignore[misc]
    assert first["together"] == [
        {
            "url": "/h/demo/checkout?bill_no=A%2F1&bill_no=B",
            "text": "2 张一起支付",
            "amount": "¥3.00",
            "which": "内科、放射科",
        }
    ]
    assert first["apart"] == "检验科（1 张）由医院分开结算，请单独支付。"
    assert first["pay"] is None, "several bills: which one is the person's choice"
    assert first["bills"][0]["url"] == "/h/demo/bills/A%2F1"
    assert first["offers_binding"] is True
    assert second["bills"] == []
    assert second["offers_binding"] is False


def test_one_bill_has_its_own_button() -> None:
    [patient] = bill_list("/h/demo", [an_entry(a_bill("A/1", 9760))], {})["patients"]  # type: ignore[misc]
    assert patient["pay"] == {"url": "/h/demo/bills/A%2F1", "text": "去支付 ¥97.60"}


def test_bills_without_a_group_stand_alone_and_a_large_group_is_paid_in_parts() -> None:
    assert groups([a_bill("A", settle_group=""), a_bill("B", settle_group="")]) == []
    assert [len(g) for g in groups([a_bill(str(i), settle_group="g") for i in range(21)])] == [20]
    assert [len(g) for g in groups([a_bill(str(i), settle_group="g") for i in range(42)])] == [20, 20, 2]


def test_the_split_is_shown_only_where_it_is_known_for_all() -> None:
    known = a_bill("A", 100, total_fen=500, fund_fen=300, account_fen=100)
    assert [line["label"] for line in shown([known], 1)["split"]] == ["总费用", "医保统筹支付", "医保个人账户支付"]  # type: ignore[attr-defined]
    without = replace(known, account_fen=0)
    assert [line["label"] for line in shown([without], 1)["split"]] == ["总费用", "医保统筹支付"]  # type: ignore[attr-defined]
    assert shown([known, a_bill("B")], 1)["split"] == []
    assert shown([a_bill("C", 100, total_fen=100, fund_fen=0, account_fen=0)], 100)["split"] == []


@pytest.mark.parametrize("status", [BillStatus.PAID, BillStatus.REFUNDED, BillStatus.CANCELLED])
def test_a_bill_that_is_not_open_can_not_be_paid(status: BillStatus) -> None:
    view = shown([a_bill("A"), a_bill("B", status=status)], 2)
    assert view["can_pay"] is False
    assert str(view["refused"]).startswith("这张缴费单已")


def test_a_free_bill_says_that_nothing_is_paid() -> None:
    assert shown([a_bill("A", 0)], 0)["action"] == "确认（无需付款）"


def test_the_cashier_is_offered_only_while_it_stays_open() -> None:
    pending = a_pending()
    end = pending.parts[0].request.expires_at
    assert can_pay(pending, Progress.WAITING, end - timedelta(seconds=60))
    assert not can_pay(pending, Progress.WAITING, end - timedelta(seconds=59))
    assert not can_pay(pending, Progress.CLOSING, MORNING)
    assert progress_text(seen(pending), end, just_paid=False).title == "支付结果确认中"


def test_what_the_cashier_claims_is_not_repeated_as_truth() -> None:
    view = payment_page("/h/demo", seen(a_pending()), MORNING, just_paid=True)
    assert view["title"] == "支付结果确认中"
    assert view["resume_url"] == "", "nobody is invited to pay twice"
    assert view["state_url"].endswith("/state?paid=1")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("why", "reason"),
    [("paid_after_close", "付款时支付单已关闭"), ("amount_differs", "支付金额与单据不符"), ("something_new", "")],
)
def test_money_that_goes_back_says_why(why: str, reason: str) -> None:
    text = progress_text(seen(begin_return(a_paid(), why, MORNING)), MORNING, just_paid=False)
    assert text.title == "款项正在原路退回"
    assert text.text.startswith(reason)


@pytest.mark.parametrize(
    ("url", "offered"), [("https://invoice.example/1", True), ("javascript:alert(1)", False), ("http://x", False)]
)
def test_only_https_receipts_are_linked(url: str, offered: bool) -> None:
    booking = Booking(his_trade_no="1", receipt_no="R", receipt_url=url)
    view = payment_page("/h/demo", seen(replace(a_paid(), booking=booking)), MORNING, just_paid=False)
    assert bool(view["receipt_url"]) is offered


def test_the_history_shows_what_concerns_the_patient_newest_first() -> None:
    view = payment_page("/h/demo", seen(a_paid()), MORNING, just_paid=False)
    assert [line["text"] for line in view["timeline"]] == ["已收款", "提交支付"]  # type: ignore[attr-defined]


def test_a_full_page_of_payments_leads_to_older_ones() -> None:
    full = payment_list("/h/demo", [a_paid()] * 2, 2, is_first=True)
    assert full["older_url"] == "/h/demo/payments?before=2026-11-23T01%3A30%3A00%2B00%3A00%2C" + a_paid().id
    assert payment_list("/h/demo", [a_paid()], 2, is_first=True)["older_url"] == ""


@pytest.mark.parametrize(
    ("choice", "typed", "sms"),
    [
        ("none", "139", NO_SMS),
        ("known", "139", KNOWN_NUMBER),
        ("other", " 139 ", sms_to("139")),
        ("", "139", sms_to("139")),
        ("", "", KNOWN_NUMBER),
    ],
)
def test_the_choice_about_the_sms(choice: str, typed: str, sms: SmsChoice) -> None:
    assert sms_choice(choice, typed) == sms


def test_another_number_must_be_given() -> None:
    with pytest.raises(BadInput):
        sms_choice("other", " ")


def refunded(state: RefundState, amount_fen: int = 500, origin: RefundOrigin = RefundOrigin.STAFF) -> Payment:
    payment = replace(
        a_paid(), state=PaymentState.BOOKED, booking=Booking(his_trade_no="H", receipt_no="R", guide_text="到药房")
    )
    refund = Refund(
        id=f"{payment.id}R01", amount_fen=amount_fen, origin=origin, reason="not_done", state=state, at=MORNING,
        finished_at=MORNING if state is RefundState.SUCCEEDED else None,
    )  # fmt: skip
    return replace(payment, refunds=(refund,))


@pytest.mark.parametrize(
    ("state", "title", "about"),
    [
        (RefundState.RELEASED, "退费已受理", "1至3个工作日"),
        (RefundState.SUBMITTED, "正在退费", "1至3个工作日"),
        (RefundState.ABNORMAL, "退费遇到问题", "款项不会丢失，医院财务正在处理。"),
        (RefundState.SUCCEEDED, "退费已到账", "11月23日 09:30 已原路退回"),
    ],
)
def test_a_refund_is_shown_as_it_stands(state: RefundState, title: str, about: str) -> None:
    view = payment_page("/h/demo", seen(refunded(state)), MORNING, just_paid=False, arrival="1至3个工作日")
    (line,) = view["refunds"]  # type: ignore[misc]
    assert (line["title"], line["about"], line["amount"], line["reason"]) == (title, about, "¥5.00", "项目未做")


@pytest.mark.parametrize(
    "state", [RefundState.REQUESTED, RefundState.REJECTED, RefundState.WITHDRAWN, RefundState.CLOSED]
)
def test_what_staff_decide_among_themselves_is_not_shown(state: RefundState) -> None:
    assert payment_page("/h/demo", seen(refunded(state)), MORNING, just_paid=False)["refunds"] == []


def test_what_is_back_is_called_so_and_sends_nobody_to_the_pharmacy() -> None:
    partly, whole = refunded(RefundState.SUCCEEDED), refunded(RefundState.SUCCEEDED, 1234)
    lines = payment_list("/h/demo", [partly, whole], 20, is_first=True)["payments"]
    assert [line["state"] for line in lines] == ["部分退费", "已全部退费"]  # type: ignore[attr-defined]
    text = progress_text(seen(whole), MORNING, just_paid=False)
    assert (text.title, "药房" in text.text) == ("已全部退费", False)
    assert progress_text(seen(partly), MORNING, just_paid=False).text == "到药房"
