"""A channel that no page knows is called by its hospital's title, and never by what it is not."""

from __future__ import annotations

from handlers.console.views.actors import by_whom, channel_name
from handlers.console.views.columns import COLUMNS
from handlers.console.views.payment import payment_page
from server.core.actors import channel_actor
from server.staff.model import RefundLimits, Role, Staff, StaffState
from tests.support.builders import HOSPITAL, a_paid, a_payment

TITLES = {"unionpay": "云闪付"}


def test_an_unknown_channel_has_its_hospital_s_title_or_is_a_channel() -> None:
    assert by_whom(channel_actor("unionpay"), titles=TITLES) == "云闪付"
    assert by_whom(channel_actor("unionpay")) == channel_name("unionpay") == "渠道unionpay"
    assert by_whom("unionpay") == "渠道unionpay", "stored before names had a source"


def test_a_bill_of_nothing_was_paid_by_no_channel() -> None:
    free = a_payment(amount_fen=0)
    assert COLUMNS["channel"].cell(free) == "无需支付"


def test_the_page_of_a_payment_calls_its_channel_by_the_title() -> None:
    finance = Staff(
        hospital=HOSPITAL, number="1001", version=1, name="财测试", role=Role.FINANCE, limits=RefundLimits(per_refund_fen=0, per_day_fen=0), state=StaffState.ACTIVE
    )  # fmt: skip
    view = payment_page(a_paid(channel="unionpay"), finance, {}, TITLES)
    assert {"label": "渠道", "value": "云闪付"} in view["facts"]  # type: ignore[operator]
    assert "云闪付" in [line["by"] for line in view["timeline"]]  # type: ignore[attr-defined]
