"""The HIS over our own interface: signed both ways, and nothing but its explicit word moves money."""

from __future__ import annotations

import json

import pytest

from server.core.errors import NotSent, OutcomeUnknown, OutsideRefusal, RefusedInWords
from server.core.ports import HttpResponse
from server.payments.model import Booking
from server.platforms.his.signing import answer_signature, request_signature
from tests.support.clock_and_ids import MORNING
from tests.unit.platforms.his_answers import BOOKED, CONFIRM, SECRET, a_his, said
from tests.unit.platforms.played import Answer, plain

# ---- signatures ------------------------------------------------------------------------------------------------------------


def test_the_vector_of_the_page() -> None:
    path, nonce = "/hospital/v1/trade.check", "0123456789abcdef"
    question = b'{"out_trade_no":"ZF20231115ABCDEFGHJKMNPQ"}'
    answer = b'{"code":"OK","message":"","data":{"found":false}}'
    assert request_signature(SECRET, path, "1700000000", nonce, question) == (
        "8361026db0f2c9323a5ff6de2dc3ebda8921077d943cd90b2f223fb998001487"
    )
    assert answer_signature(SECRET, path, "1700000001", nonce, answer) == (
        "45e1147d02dcb833987b2cb912d0ae548d229c7f42030ae964ac551f3fd5fd59"
    )


@pytest.mark.asyncio
async def test_a_question_is_signed() -> None:
    his, transport = a_his(said(data={"found": False}))
    assert await his.check("ZF1") is None
    request = transport.sent[0]
    assert (request.system, request.method) == ("his", "POST")
    assert request.url == "https://his.example.org/hospital/v1/trade.check"
    headers = request.headers
    assert headers["Zhenfu-Key-Id"] == "demo-1"
    assert headers["Zhenfu-Signature"] == request_signature(
        SECRET, "/hospital/v1/trade.check", headers["Zhenfu-Timestamp"], headers["Zhenfu-Nonce"], request.body
    )
    assert json.loads(request.body) == {"out_trade_no": "ZF1"}


def html(status: int) -> HttpResponse:
    return plain(b"<html>nginx</html>", status)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (said("OK", BOOKED, secret="wrong"), OutcomeUnknown),
        (said("OK", BOOKED, nonce="of-another-question"), OutcomeUnknown),
        (said("OK", BOOKED, path="/hospital/v1/trade.check"), OutcomeUnknown),
        (said("OK", BOOKED, body=b"another"), OutcomeUnknown),
        (said("OK", BOOKED, timestamp=str(int(MORNING.timestamp()) - 301)), OutcomeUnknown),
        (said("REFUSED", None, "no", secret="wrong"), OutcomeUnknown),
        (plain({"code": "OK", "data": BOOKED}), OutcomeUnknown),
        (plain({"code": "REFUSED"}), OutcomeUnknown),
        (html(200), OutcomeUnknown),
        (html(404), OutcomeUnknown),
        (html(401), OutcomeUnknown),
        (html(502), OutcomeUnknown),
        (plain(b"", 302), OutcomeUnknown),
        (plain({"code": "REFUSED"}, 500), OutcomeUnknown),
        (said("OK", {}), OutcomeUnknown),
        (said("OK", None), OutcomeUnknown),
        (said("OK", {**BOOKED, "his_trade_no": 7}), OutcomeUnknown),
        (said("SOMETHING_NEW"), OutcomeUnknown),
        (said(""), OutcomeUnknown),
        (said("BUSY"), NotSent),
        (plain({"code": "SIGNATURE"}, 401), NotSent),
        (plain({"code": "BAD_REQUEST"}, 400), NotSent),
        (said("ALREADY_PAID"), RefusedInWords),
        (said("AMOUNT_DIFFERS"), RefusedInWords),
        (said("BILL_CHANGED"), RefusedInWords),
        (said("REFUSED", None, "药房已关门"), RefusedInWords),
        (said("REFUSED", None, ""), OutsideRefusal),
        (said("CONFLICT", None, "同号"), OutsideRefusal),
        (said("CONFLICT"), OutsideRefusal),
        (said("NO_DATA"), OutsideRefusal),
        (NotSent("his"), NotSent),
        (OutcomeUnknown("his"), OutcomeUnknown),
    ],
)
async def test_what_an_answer_to_a_confirmation_means(answer: Answer, error: type[Exception]) -> None:
    his, transport = a_his(answer)
    with pytest.raises(error) as raised:
        await his.confirm(CONFIRM)
    assert type(raised.value) is error
    assert len(transport.sent) == 1


@pytest.mark.asyncio
async def test_the_hospitals_reason_reaches_the_person_and_no_log() -> None:
    his, _ = a_his(said("REFUSED", None, "张测试的药房已关门"))
    with pytest.raises(OutsideRefusal) as raised:
        await his.confirm(CONFIRM)
    assert (raised.value.reason_code, raised.value.user_message) == ("REFUSED", "张测试的药房已关门")
    assert "张测试" not in str(raised.value), "what the HIS says may name a patient; texts of errors are logged"


# ---- functions -------------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_confirm_tells_everything_that_the_page_names() -> None:
    his, transport = a_his(said(data=BOOKED))
    assert await his.confirm(CONFIRM) == Booking(
        his_trade_no="H1", receipt_no="R1", receipt_url="https://his.example.org/r/1", guide_text="请到二楼采血处"
    )
    assert json.loads(transport.sent[0].body) == {
        "out_trade_no": "ZF20261123ABCDEFGHJKMN",
        "card_no": "C0000001",
        "bill_nos": ["B1", "B2"],
        "amount_fen": 1234,
        "channel": "wechat",
        "transaction_id": "4200000000202611230000000001",
        "paid_at": "2026-11-23T09:30:00+08:00",
        "entrance": "bill_qr",
        "terminal": "T1",
        "operator": "",
    }


@pytest.mark.asyncio
async def test_a_receipt_that_is_no_web_address_is_no_link() -> None:
    his, _ = a_his(
        said(data={**BOOKED, "receipt_url": "javascript:alert(1)"}),
        said(data={**BOOKED, "receipt_url": None}),
        said(data={**BOOKED, "receipt_url": "http://[bad"}),
    )
    for _ in range(3):
        assert (await his.confirm(CONFIRM)).receipt_url == ""


@pytest.mark.asyncio
async def test_our_number_found_comes_with_its_amount() -> None:
    found = {"found": True, **BOOKED, "amount_fen": 1234, "booked_at": "2026-11-23T09:31:00+08:00"}
    his, _ = a_his(said(data=found), said(data={"found": True, **BOOKED}), said(data={"found": "no"}), said("NO_DATA"))
    booking = await his.check("ZF1")
    assert booking is not None
    assert booking.amount_fen == 1234
    for error in (OutcomeUnknown, OutcomeUnknown, OutsideRefusal):
        with pytest.raises(error):
            await his.check("ZF1")
