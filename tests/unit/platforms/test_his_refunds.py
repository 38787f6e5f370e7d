"""The HIS is asked before money goes back, writes it off, and hears what became of it (docs/his-interface.md sections 2 and 3)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from server.core.errors import OutcomeUnknown, OutsideRefusal
from server.core.systems import HOSPITAL_SYSTEM
from server.payments.his_ports import RefundAsked, RefundTold
from server.payments.refund_model import RefundLine
from server.platforms.his.http_json import HttpJsonHis
from server.platforms.his.inpatient import HttpInpatient
from tests.support.clock_and_ids import MORNING, FakeClock, SeededIds
from tests.unit.platforms.his_answers import CONFIG, a_his, said
from tests.unit.platforms.played import ScriptedTransport

pytestmark = pytest.mark.asyncio
ASKED = RefundAsked(
    out_trade_no="ZF1",
    out_refund_no="ZF1R01",
    amount_fen=300,
    lines=(RefundLine(charge_no="B1", item_no="7", amount_fen=300),),
)
TOLD = RefundTold(
    out_trade_no="ZF1", out_refund_no="ZF1R01", channel_refund_no="50", succeeded=True, at=MORNING + timedelta(hours=1)
)
QUESTION = {
    "out_trade_no": "ZF1",
    "out_refund_no": "ZF1R01",
    "amount_fen": 300,
    "lines": [{"bill_no": "B1", "item_no": "7", "amount_fen": 300}],
}


def asked(transport: ScriptedTransport, which: int = 0) -> tuple[str, Any]:
    sent = transport.sent[which]
    return sent.url.rpartition("/")[2], json.loads(sent.body)


async def test_the_his_is_asked_whether_a_refund_is_allowed() -> None:
    no = {"allowed": False, "reason": "已发药"}
    his, transport = a_his(said(data={"allowed": True}), said(data=no), said(data={"reason": "?"}), said("NO_DATA"))
    assert (await his.refund_check(ASKED), await his.refund_check(ASKED)) == ("", "已发药")
    assert asked(transport) == ("refund.check", QUESTION)
    with pytest.raises(OutcomeUnknown):
        await his.refund_check(ASKED)
    with pytest.raises(OutsideRefusal):
        await his.refund_check(ASKED)


async def test_each_question_has_a_nonce_of_thirty_two_characters() -> None:
    his, transport = a_his(said(data={"allowed": True}), said(data={"allowed": True}))
    await his.refund_check(ASKED)
    await his.refund_check(ASKED)
    nonces = [sent.headers["Zhenfu-Nonce"] for sent in transport.sent]
    assert ([len(nonce) for nonce in nonces], len(set(nonces))) == ([32, 32], 2)


async def test_the_his_writes_a_refund_off_under_its_own_number() -> None:
    his, transport = a_his(said(data={"his_refund_no": "TF1"}), said(data={}))
    assert await his.refund_release(ASKED) == "TF1"
    assert asked(transport) == ("refund.release", QUESTION)
    with pytest.raises(OutcomeUnknown):
        await his.refund_release(ASKED)


@pytest.mark.parametrize(("succeeded", "outcome"), [(True, "succeeded"), (False, "failed")])
async def test_the_his_hears_what_became_of_the_money(succeeded: bool, outcome: str) -> None:
    his, transport = a_his(said(data={}), said("REFUSED"))
    await his.refund_notify(replace(TOLD, succeeded=succeeded))
    assert asked(transport) == (
        "refund.notify",
        {
            "out_trade_no": "ZF1",
            "out_refund_no": "ZF1R01",
            "channel_refund_no": "50",
            "outcome": outcome,
            "at": "2026-11-23T10:30:00+08:00",
        },
    )
    with pytest.raises(OutsideRefusal):
        await his.refund_notify(TOLD)


async def test_the_list_of_a_day_is_asked_for_by_its_day() -> None:
    his, transport = a_his(said(data={"total": 0, "rows": []}), said("NO_DATA"))
    day = date(2026, 11, 22)
    assert (await his.statement_day(day), await his.statement_day(day)) == ([], None)
    assert asked(transport) == ("statement.day", {"date": "2026-11-22", "offset": 0, "limit": 500})


@pytest.mark.parametrize("has", [True, False])
async def test_a_his_has_inpatients_where_its_settings_say_so(has: bool) -> None:
    his = HttpJsonHis(replace(CONFIG, inpatient=has), ScriptedTransport(), FakeClock(), SeededIds())
    assert isinstance(his.inpatient, HttpInpatient) is has


async def test_a_refusal_that_nobody_has_words_for_has_a_hundred_characters_of_the_his_s_own() -> None:
    his, _ = a_his(said("REFUSED", message="字" * 101), said("CONFLICT", message="某人"), said("REFUSED"))
    words = []
    for _ in range(3):
        with pytest.raises(OutsideRefusal) as refused:
            await his.must("bill.confirm", {})
        words.append(refused.value.user_message)
    own = OutsideRefusal(HOSPITAL_SYSTEM, "REFUSED").user_message
    assert words == ["字" * 100, own, own]
