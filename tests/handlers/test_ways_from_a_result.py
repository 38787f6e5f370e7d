"""Where the result page of each purpose leads: back to where its payments stand, and to a new beginning where there may be one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handlers.patient.views.payments import payment_list, payment_page
from handlers.patient.views.purposes import HOMES
from server.payments.answers import PaymentView
from server.payments.model import Payment, PaymentState, changed
from server.payments.rules.progress import ANOTHER_ATTEMPT, standing
from tests.support.builders import a_payment
from tests.support.clock_and_ids import MORNING
from tests.support.in_memory_app import InMemoryApp

BASE = "/h/demo"


def page_of(payment: Payment) -> dict[str, object]:
    return payment_page(BASE, PaymentView(payment, standing(payment), "微信支付"), MORNING, just_paid=False)


def closed(**fields: object) -> Payment:
    return replace(a_payment(), state=PaymentState.CLOSED, effects=(), claims=(), **fields)  # type: ignore[arg-type]


def test_every_purpose_has_a_home() -> None:
    assert set(HOMES) == set(InMemoryApp().services.shared.purposes)


@pytest.mark.parametrize(
    ("purpose", "home", "again"),
    [
        ("bills", ("/h/demo/bills", "返回待缴费列表"), ("/h/demo/bills", "重新支付")),
        ("registration", ("/h/demo/appointments", "返回我的预约"), ("/h/demo/registration", "重新挂号")),
        ("deposit", ("/h/demo/inpatient", "返回住院"), ("/h/demo/inpatient", "重新支付")),
        ("discharge", ("/h/demo/inpatient", "返回住院"), ("/h/demo/inpatient", "重新支付")),
    ],
)
def test_what_was_not_paid_begins_again_where_its_purpose_begins(
    purpose: str, home: tuple[str, str], again: tuple[str, str]
) -> None:
    page = page_of(closed(purpose=purpose))
    assert ((page["home_url"], page["home"]), (page["again_url"], page["again"])) == (home, again)


def test_what_gave_way_to_another_payment_does_not_begin_again() -> None:
    payment = changed(closed(), "closing", at=MORNING, detail={"why": ANOTHER_ATTEMPT})
    page = page_of(payment)
    assert page["text"] == "这笔费用已改用另一笔支付，这笔没有扣款。"
    assert page["again_url"] == ""


def test_the_result_says_what_was_paid_for_and_names_its_sum() -> None:
    page = page_of(closed(purpose="deposit"))
    assert {"label": "缴费项目", "value": "住院预交金"} in page["facts"]  # type: ignore[operator]
    assert page["charge_amount"] == "预交金"
    page = page_of(closed())
    assert "缴费项目" not in {fact["label"] for fact in page["facts"]}  # type: ignore[attr-defined]
    assert page["charge_amount"] == "自付"


def test_the_list_of_payments_says_what_was_not_a_bill() -> None:
    lines = payment_list(BASE, [closed(purpose="registration"), closed()], 20, is_first=True)["payments"]
    assert [line["departments"] for line in lines] == ["预约挂号 · 测试内科", "测试内科"]  # type: ignore[attr-defined]
