"""What the chat says to staff fits into one message of every platform, and what matters is in it."""

from __future__ import annotations

from dataclasses import replace

from server.payments.model import Payment
from server.platforms.wechat.official_account.callback import TEXT_BYTES_MAX
from server.refunds.chat.preview_texts import candidates, preview
from server.refunds.chat.texts import found
from server.refunds.drafts import ASK, Draft, Preview
from server.refunds.search import CANDIDATES_MAX
from tests.support.builders import a_bill, a_pending, paying_for
from tests.support.outside import a_hospital
from tests.support.refund_asks import booked

FOUND = 5  # payments that one search shows at most


def a_long_one() -> Payment:
    """As many bills as one payment may have, with the longest of names."""
    payment = booked()
    bills = tuple(a_bill(f"{n:064}", department=f"第{n}诊区消化内科肝病专科门诊" * 2) for n in range(20))
    return paying_for(payment, *bills)


def test_what_was_found_fits() -> None:
    text = found(a_hospital(), [a_long_one()] * FOUND)
    assert len(text.encode()) <= TEXT_BYTES_MAX
    assert a_long_one().id[-6:] in found(a_hospital(), [a_long_one()]).splitlines()[-1]
    assert text.endswith("退费 2 原因")
    lines = candidates(a_hospital(), (a_long_one(),) * CANDIDATES_MAX)
    assert len("\n".join(lines).encode()) <= TEXT_BYTES_MAX - 200
    assert "等20项" in text


def test_a_refund_is_offered_only_where_something_can_be_refunded() -> None:
    gone = replace(a_pending(), id="ZF20261123GONE01")
    assert "退费请回复" not in found(a_hospital(), [gone])
    assert "退费请回复" not in found(a_hospital(), [gone, gone])
    assert found(a_hospital(), [booked(), gone]).endswith("退费 1 原因")
    assert found(a_hospital(), [gone, gone, booked()]).endswith("退费 3 原因")


def test_a_preview_fits_and_says_the_sum_and_what_to_do() -> None:
    payment = a_long_one()
    draft = Draft(ticket="T", action=ASK, number="1001", payment_id=payment.id, amount_fen=1234)
    text = preview(a_hospital(), Preview(payment=payment, draft=draft, approval_reasons=()))
    assert len(text.encode()) <= TEXT_BYTES_MAX
    assert "本次退 12.34元" in text
    assert "回复“确认”" in text
