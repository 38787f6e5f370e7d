"""The HIS over our own interface: signed both ways, and nothing but its explicit word moves money."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.core.errors import Forged, NotSent, OutcomeUnknown, OutsideRefusal
from server.core.ports import HttpRequest, HttpResponse, RawRequest
from server.patients.model import Origin
from server.payments.model import Booking
from server.payments.purposes.bills.model import BillStatus
from server.payments.purposes.bills.ports import ConfirmRequest
from server.platforms.his.account import HisConfig
from server.platforms.his.http_json import HttpJsonHis
from server.platforms.his.request_verifier import HisRequestVerifier
from server.platforms.his.signing import answer_signature, request_signature
from server.storage.memory_short_lived import MemoryShortLived
from tests.support.chance import MORNING, FakeClock, SeededIds
from tests.unit.platforms.played import Answer, ScriptedTransport, plain, raw_request

SECRET = "zhenfu-demo-secret"
CONFIG = HisConfig(
    base_url="https://his.example.org/hospital",
    keys={"demo-1": SECRET, "demo-2": "another-secret-00"},
    active_key_id="demo-1",
)
CONFIRM = ConfirmRequest(
    out_trade_no="ZF20261123ABCDEFGHJKMN",
    card_no="C0000001",
    bill_nos=("B1", "B2"),
    amount_fen=1234,
    channel="wechat",
    transaction_id="4200000000202611230000000001",
    paid_at=MORNING,
    origin=Origin(entrance="bill_qr", terminal="T1"),
)
BOOKED = {
    "his_trade_no": "H1",
    "receipt_no": "R1",
    "receipt_url": "https://his.example.org/r/1",
    "guide_text": "请到二楼采血处",
}


def said(code: str = "OK", data: Any = None, message: str = "", **forged: Any) -> Callable[[HttpRequest], HttpResponse]:
    """An answer that is signed for the question it gets; ``forged`` overrides what the signature is made of."""

    def answer(request: HttpRequest) -> HttpResponse:
        body = json.dumps({"code": code, "message": message, "data": data}, ensure_ascii=False).encode()
        facts = {
            "secret": SECRET,
            "path": request.url.removeprefix("https://his.example.org"),
            "timestamp": str(int(MORNING.timestamp())),
            "nonce": request.headers["Zhenfu-Nonce"],
            "body": body,
        }
        signature = answer_signature(**{**facts, **forged})  # type: ignore[arg-type]
        timestamp = str(forged.get("timestamp", facts["timestamp"]))
        return plain(body, 200, {"zhenfu-timestamp": timestamp, "zhenfu-signature": signature})

    return answer


def a_his(*answers: Answer) -> tuple[HttpJsonHis, ScriptedTransport]:
    transport = ScriptedTransport(*answers)
    return HttpJsonHis(CONFIG, transport, FakeClock(), SeededIds()), transport


def bill(**fields: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "bill_no": "B1", "card_no": "C0000001", "patient_name": "张测试", "kind": "outpatient", "department": "测试内科",
        "doctor": "李虚构", "issued_at": "2026-11-23T08:30:00+08:00", "status": "unpaid", "total_fen": 2000, "fund_fen": 700,
        "account_fen": 66, "own_fen": 1234, "settle_group": "G1",
    }  # fmt: skip
    return {**facts, **fields}


ITEM = {
    "item_no": "1", "name": "血常规", "category": "检验", "spec": "", "unit": "次", "quantity": "1.5", "unit_price_fen": 100,
    "amount_fen": 150,
}  # fmt: skip


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
        (said("ALREADY_PAID"), OutsideRefusal),
        (said("AMOUNT_DIFFERS"), OutsideRefusal),
        (said("BILL_CHANGED"), OutsideRefusal),
        (said("REFUSED", None, "药房已关门"), OutsideRefusal),
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


@pytest.mark.asyncio
async def test_a_patient() -> None:
    told = {
        "patient_id": "P1", "name": "张测试", "sex": "female", "birth_date": "1990-01-01", "phone": "13800000001",
        "id_no": "11010119900101000X", "cards": ["C0000001", "C0000002"],
    }  # fmt: skip
    his, transport = a_his(
        said(data={"patient": told}), said("NO_DATA"), said(data={"patient": {**told, "cards": ["C9"]}})
    )
    patient = await his.patient("C0000001")
    assert patient is not None
    assert (patient.name, patient.card_nos) == ("张测试", ("C0000001", "C0000002"))
    assert json.loads(transport.sent[0].body) == {"card_no": "C0000001"}
    assert await his.patient("C0000001") is None
    with pytest.raises(OutcomeUnknown):
        await his.patient("C0000001")


@pytest.mark.asyncio
async def test_unpaid_bills() -> None:
    unknown_split = bill(bill_no="B2", total_fen=None, fund_fen=None, account_fen=None, settle_group=None)
    his, _ = a_his(said(data={"bills": [bill(), unknown_split]}), said("NO_DATA"))
    first, second = await his.unpaid_bills("C0000001")
    assert (first.own_fen, first.total_fen, first.status, first.settle_group) == (1234, 2000, BillStatus.UNPAID, "G1")
    assert first.issued_at == datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
    assert (second.total_fen, second.settle_group, second.items) == (None, "", ())
    assert list(await his.unpaid_bills("C0000001")) == []


@pytest.mark.asyncio
async def test_a_bill_with_items() -> None:
    his, _ = a_his(said(data={"bill": bill(items=[ITEM], status="paid")}), said("NO_DATA"))
    found = await his.bill("C0000001", "B1")
    assert found is not None
    assert (found.status, found.items[0].quantity, found.items[0].amount_fen) == (BillStatus.PAID, "1.5", 150)
    assert await his.bill("C0000001", "B9") is None


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "wrong",
    [
        bill(own_fen=12.34),
        bill(own_fen="1234"),
        bill(own_fen=None),
        bill(own_fen=-1, total_fen=None),
        bill(own_fen=1233),
        bill(status="open"),
        bill(issued_at="2026-11-23T08:30:00"),
        bill(card_no="C9"),
        bill(bill_no="B9"),
        bill(items=[{**ITEM, "quantity": "many"}]),
        bill(items=[{**ITEM, "quantity": "NaN"}]),
        bill(items=[{**ITEM, "amount_fen": 1.5}]),
        bill(items=[ITEM] * 1001),
    ],
    ids=str,
)
async def test_a_bill_that_does_not_fit_is_not_shown(wrong: dict[str, Any]) -> None:
    his, _ = a_his(said(data={"bill": wrong}))
    with pytest.raises(OutcomeUnknown):
        await his.bill("C0000001", "B1")


@pytest.mark.asyncio
async def test_another_cards_bills_are_never_shown() -> None:
    his, _ = a_his(said(data={"bills": [bill(), bill(card_no="C9")]}))
    with pytest.raises(OutcomeUnknown):
        await his.unpaid_bills("C0000001")


@pytest.mark.asyncio
async def test_presettle_answers_the_own_part() -> None:
    parts = {"total_fen": 2000, "fund_fen": 700, "account_fen": 66, "own_fen": 1234}
    his, transport = a_his(said(data=parts), said(data={**parts, "fund_fen": 0}), said("NO_DATA"))
    assert await his.presettle("C0000001", ["B1", "B2"]) == 1234
    assert json.loads(transport.sent[0].body) == {"card_no": "C0000001", "bill_nos": ["B1", "B2"]}
    for error in (OutcomeUnknown, OutsideRefusal):
        with pytest.raises(error):
            await his.presettle("C0000001", ["B1"])


# ---- our doors -------------------------------------------------------------------------------------------------------------

PATH = "/his/v1/qr.make"


def knock(key_id: str = "demo-1", secret: str = SECRET, age_s: int = 0, **headers: str) -> RawRequest:
    body, nonce = b'{"card_no":"C0000001"}', "0123456789abcdef"
    timestamp = str(int((MORNING - timedelta(seconds=age_s)).timestamp()))
    signed = {
        "zhenfu-key-id": key_id,
        "zhenfu-timestamp": timestamp,
        "zhenfu-nonce": nonce,
        "zhenfu-signature": request_signature(secret, PATH, timestamp, nonce, body),
    }
    return raw_request(body, {**signed, **headers}, path=PATH)


def a_door(clock: FakeClock | None = None) -> HisRequestVerifier:
    return HisRequestVerifier(CONFIG, clock or FakeClock(), MemoryShortLived())


@pytest.mark.asyncio
@pytest.mark.parametrize("raw", [knock(), knock("demo-2", "another-secret-00"), knock(age_s=300), knock(age_s=-300)])
async def test_the_his_may_come_in(raw: RawRequest) -> None:
    await a_door().verify(raw)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "raw",
    [
        knock(secret="wrong"),
        knock("demo-2"),
        knock("demo-3"),
        knock(age_s=301),
        knock(age_s=-301),
        knock(**{"zhenfu-signature": ""}),
        knock(**{"zhenfu-signature": "é" * 64}),
        knock(**{"zhenfu-nonce": "short"}),
        knock(**{"zhenfu-timestamp": "now"}),
        raw_request(b"{}", path=PATH),
    ],
)
async def test_nobody_else_may(raw: RawRequest) -> None:
    with pytest.raises(Forged):
        await a_door().verify(raw)


@pytest.mark.asyncio
async def test_a_request_comes_in_once() -> None:
    clock = FakeClock()
    door = a_door(clock)
    early = knock(age_s=-300)
    await door.verify(early)
    for _ in range(2):
        with pytest.raises(Forged):
            await door.verify(early)
        clock.forward(599)
    with pytest.raises(Forged):
        await door.verify(early)


def test_our_answer_is_signed_for_the_question() -> None:
    raw = knock("demo-2", "another-secret-00")
    headers = a_door().answer(raw, b'{"code":"OK"}')
    timestamp = str(int(MORNING.timestamp()))
    assert headers == {
        "Zhenfu-Timestamp": timestamp,
        "Zhenfu-Signature": answer_signature(
            "another-secret-00", PATH, timestamp, "0123456789abcdef", b'{"code":"OK"}'
        ),
    }
    with pytest.raises(Forged):
        a_door().answer(knock("demo-3"), b"{}")
