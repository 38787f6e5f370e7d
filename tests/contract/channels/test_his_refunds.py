"""The HIS adapter's write-offs against the sandbox's hospital (docs/his-interface.md, refund.check, refund.release, refund.notify)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.core.errors import NotSent, OutcomeUnknown, OutsideRefusal
from server.infrastructure.clock_and_ids import SystemClock
from server.payments.his_ports import RefundAsked, RefundTold
from server.payments.purposes.bills.model import Bill
from server.payments.refund_model import RefundLine
from server.platforms.his.http_json import HttpJsonHis
from tests.contract.channels.conftest import Controls
from tests.contract.channels.test_his import a_confirmation, an_unpaid_bill, his

__all__ = ["his"]
pytestmark = pytest.mark.asyncio


async def a_booked_bill(his: HttpJsonHis, controls: Controls) -> tuple[Bill, RefundAsked]:
    """A bill that was just paid, and a question for all of it."""
    bill = await an_unpaid_bill(his, controls)
    request = a_confirmation(bill)
    await his.confirm(request)
    asked = RefundAsked(
        out_trade_no=request.out_trade_no,
        out_refund_no=f"{request.out_trade_no}R01",
        amount_fen=bill.own_fen,
        lines=(),
    )
    detail = await his.bill(bill.card_no, bill.bill_no)
    assert detail is not None
    return detail, asked


async def released(controls: Controls, number: str) -> list[dict[str, object]]:
    books = (await controls.ask("GET", "/sandbox/money"))["his"]["refunds"]
    return [release for release in books if release["out_refund_no"] == number]


async def test_written_off_once_under_one_number(his: HttpJsonHis, controls: Controls) -> None:
    _, asked = await a_booked_bill(his, controls)
    assert await his.refund_check(asked) == ""
    number = await his.refund_release(asked)
    assert await his.refund_release(asked) == number
    assert len(await released(controls, asked.out_refund_no)) == 1
    with pytest.raises(OutsideRefusal) as raised:
        await his.refund_release(replace(asked, amount_fen=asked.amount_fen - 1))
    assert raised.value.reason_code == "CONFLICT"
    told = RefundTold(
        out_trade_no=asked.out_trade_no,
        out_refund_no=asked.out_refund_no,
        channel_refund_no="5030000001",
        succeeded=True,
        at=SystemClock().now(),
    )
    for _ in range(2):
        await his.refund_notify(told)
    [release] = await released(controls, asked.out_refund_no)
    assert (release["outcome"], release["channel_refund_no"]) == ("succeeded", "5030000001")


async def test_what_is_handed_out_is_refused_in_the_hospital_s_words(his: HttpJsonHis, controls: Controls) -> None:
    bill, asked = await a_booked_bill(his, controls)
    await controls.ask("POST", "/sandbox/his/dispense", {"bill_no": bill.bill_no})
    assert "药品已发出" in await his.refund_check(asked)
    with pytest.raises(OutsideRefusal) as raised:
        await his.refund_release(asked)
    assert raised.value.reason_code == "REFUSED"
    assert "药品已发出" in raised.value.user_message
    assert "药品已发出" not in str(raised.value), "words may name somebody: never in a log"


async def test_lines_are_items_of_the_bill_and_make_the_amount(his: HttpJsonHis, controls: Controls) -> None:
    bill, asked = await a_booked_bill(his, controls)
    item = bill.items[0]
    amount_fen = min(item.amount_fen, bill.own_fen)
    line = RefundLine(charge_no=bill.bill_no, item_no=item.item_no, amount_fen=amount_fen)
    right = replace(asked, amount_fen=amount_fen, lines=(line,))
    for wrong in (
        replace(right, lines=(replace(line, item_no="NOSUCHITEM"),)),
        replace(right, lines=(replace(line, charge_no="NOSUCHBILL"),)),
        replace(right, amount_fen=amount_fen + 1),
    ):
        assert await his.refund_check(wrong) != ""
    assert await his.refund_check(right) == ""
    assert await his.refund_release(right)


async def test_more_than_was_paid_is_refused(his: HttpJsonHis, controls: Controls) -> None:
    _, asked = await a_booked_bill(his, controls)
    assert await his.refund_check(replace(asked, amount_fen=asked.amount_fen + 1)) != ""


async def test_of_unknown_outcome_the_same_number_tells(his: HttpJsonHis, controls: Controls) -> None:
    _, asked = await a_booked_bill(his, controls)
    await controls.fault("his.refund.release", "timeout_after_work")
    with pytest.raises(OutcomeUnknown):
        await his.refund_release(asked)
    [release] = await released(controls, asked.out_refund_no)
    assert await his.refund_release(asked) == release["his_refund_no"]


async def test_busy_is_not_done(his: HttpJsonHis, controls: Controls) -> None:
    _, asked = await a_booked_bill(his, controls)
    await controls.fault("his.refund.release", "refuse", code="BUSY", message="")
    with pytest.raises(NotSent):
        await his.refund_release(asked)
    assert await released(controls, asked.out_refund_no) == []
