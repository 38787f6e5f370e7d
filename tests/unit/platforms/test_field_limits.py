"""How long the texts, lists and amounts of each platform may be: the last that fits is read, and one more is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from pydantic import TypeAdapter, ValidationError

from server.core.errors import OutcomeUnknown, OutsideRefusal
from server.platforms.alipay.pay import wire as alipay
from server.platforms.alipay.pay.bank_arrivals import METHOD, looks_like_one, read_bank_arrival
from server.platforms.his import wire as his
from server.platforms.wechat.pay import wire as wechat
from tests.unit.platforms.aliyun_sms import NOTICE as NOTICE_BY_SMS
from tests.unit.platforms.aliyun_sms import PHONE, an_sms
from tests.unit.platforms.his_answers import bill
from tests.unit.platforms.played import plain

Read = Callable[[str], Any]


def text(facts: dict[str, Any], **fields: Any) -> bytes:
    return json.dumps({**facts, **fields}).encode()


TRADE = {
    "appid": "a", "mchid": "m", "out_trade_no": "1", "trade_state": "SUCCESS", "transaction_id": "42",
    "success_time": "2026-11-23T09:31:00+08:00", "amount": {"total": 1, "currency": "CNY"},
}  # fmt: skip
REFUND = {
    "out_trade_no": "1", "out_refund_no": "1R01", "refund_id": "50", "amount": {"refund": 1, "total": 1}, "status": "SUCCESS",
}  # fmt: skip
SEALED = {"algorithm": "AEAD_AES_256_GCM", "ciphertext": "c", "nonce": "n"}
ENVELOPE = {"id": "1", "event_type": "TRANSACTION.SUCCESS", "resource": SEALED}
ORDER = {"out_trade_no": "1", "trade_no": "42"}
NOTICE = {
    **ORDER, "notify_id": "1", "notify_type": "trade_status_sync", "app_id": "a", "trade_status": "TRADE_SUCCESS",
    "total_amount": "0.01",
}  # fmt: skip
AT_THE_BANK = {"out_trade_no": "1", "out_request_no": "1R01", "dback_status": "S"}


def at_the_bank(notify_id: str = "1", **fields: str) -> Any:
    content = json.dumps({**AT_THE_BANK, **fields})
    return read_bank_arrival({"notify_id": notify_id, "app_id": "a", "biz_content": content}, "a")


TEXTS: dict[str, tuple[Read, int]] = {
    "WeChat's order": (lambda v: wechat.read_trade(text(TRADE, out_trade_no=v)), 32),
    "WeChat's transaction": (lambda v: wechat.read_trade(text(TRADE, transaction_id=v)), 64),
    "WeChat's order of a refund": (lambda v: wechat.read_refund_answer(text(REFUND, out_trade_no=v), "m"), 32),
    "WeChat's refund": (lambda v: wechat.read_refund_answer(text(REFUND, out_refund_no=v), "m"), 64),
    "WeChat's own refund": (lambda v: wechat.read_refund_answer(text(REFUND, refund_id=v), "m"), 64),
    "WeChat's notification": (lambda v: wechat.read_envelope(text(ENVELOPE, id=v)), 64),
    "Alipay's order": (lambda v: alipay.read_closed(text(ORDER, out_trade_no=v)), 64),
    "Alipay's trade": (lambda v: alipay.read_trade_no(text(ORDER, trade_no=v)), 64),
    "Alipay's order of a code": (
        lambda v: alipay.read_qr_code(text({"qr_code": "https://a.example/1"}, out_trade_no=v)), 64,
    ),
    "Alipay's order that was cancelled": (
        lambda v: alipay.read_cancelled(text({"retry_flag": "N", "action": "close"}, out_trade_no=v)), 64,
    ),
    "Alipay's notification": (lambda v: alipay.read_notice({**NOTICE, "notify_id": v}), 128),
    "the bank's notification": (lambda v: at_the_bank(v), 128),
    "the bank's order": (lambda v: at_the_bank(out_trade_no=v), 64),
    "the bank's refund": (lambda v: at_the_bank(out_request_no=v), 64),
    "the HIS's code": (lambda v: his.read_answer(text({}, code=v)), 32),
    "the HIS's write-off": (lambda v: his.read_his_refund_no({"his_refund_no": v}), 64),
    "a number in our addresses": (TypeAdapter(his.No).validate_python, 64),
}  # fmt: skip


@pytest.mark.parametrize("what", TEXTS)
def test_a_number_has_one_character_and_as_many_as_its_field_takes(what: str) -> None:
    read, longest = TEXTS[what]
    for fits in ("1", "1" * longest):
        assert read(fits)
    for wrong in ("", "1" * (longest + 1)):
        with pytest.raises(ValidationError):
            read(wrong)


@pytest.mark.parametrize("length", [0, 1, 64])
def test_a_refund_s_number_may_be_missing_from_alipay_s_notification(length: int) -> None:
    assert alipay.read_notice({**NOTICE, "out_biz_no": "1" * length})
    with pytest.raises(ValidationError):
        alipay.read_notice({**NOTICE, "out_biz_no": "1" * 65})


@pytest.mark.parametrize(("fields", "is_one"), [(80, True), (81, False)])
def test_a_form_of_the_open_platform_has_so_many_fields(fields: int, is_one: bool) -> None:
    form = {"msg_method": METHOD, **{f"f{number}": "1" for number in range(fields - 1)}}
    assert looks_like_one(urlencode(form).encode()) is is_one


# ---- the HIS ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("empty", ["bill_no", "card_no"])
def test_a_bill_has_its_number_and_its_card(empty: str) -> None:
    assert his.read_bill({"bill": bill(**{empty: "1"})})
    with pytest.raises(ValidationError):
        his.read_bill({"bill": bill(**{empty: ""})})


def test_a_booking_has_the_his_s_number() -> None:
    assert his.read_booking({"his_trade_no": "1"}).his_trade_no == "1"
    with pytest.raises(ValidationError):
        his.read_booking({"his_trade_no": ""})


def test_an_amount_is_from_nothing_to_ten_billion_yuan() -> None:
    def own_fen(fen: int) -> int:
        return his.read_own_fen({"total_fen": fen, "fund_fen": 0, "account_fen": 0, "own_fen": fen})

    most = 1_000_000_000_000
    assert [own_fen(fen) for fen in (0, most)] == [0, most]
    for wrong in (-1, most + 1):
        with pytest.raises(ValidationError):
            own_fen(wrong)
    signed = TypeAdapter(his.SignedFen)
    assert [signed.validate_python(fen) for fen in (-most, most)] == [-most, most]
    for wrong in (-most - 1, most + 1):
        with pytest.raises(ValidationError):
            signed.validate_python(wrong)


def test_lists_are_as_long_as_they_may_be() -> None:
    item = {
        **dict.fromkeys(("item_no", "name", "category", "spec", "unit"), "x"),
        "quantity": "1",
        "unit_price_fen": 1,
        "amount_fen": 1,
    }
    patient = {"patient_id": "P", "name": "张测试", "sex": "male", "birth_date": "", "phone": "", "id_no": ""}
    lists: list[tuple[Callable[[int], Any], int]] = [
        (lambda many: his.read_bills({"bills": [bill(items=[])] * many}), 500),
        (lambda many: his.read_bill({"bill": bill(items=[item] * many)}), 1000),
        (lambda many: his.read_patient({"patient": {**patient, "cards": ["C"] * many}}), 100),
    ]
    for read, most in lists:
        assert read(most)
        with pytest.raises(ValidationError):
            read(most + 1)


def test_a_line_of_text_has_a_hundred_characters() -> None:
    line = TypeAdapter(his.Line)
    assert [line.validate_python("字" * many) for many in (0, 100)] == ["", "字" * 100]
    with pytest.raises(ValidationError):
        line.validate_python("字" * 101)


def test_what_people_read_is_cut_and_not_refused() -> None:
    booking = his.read_booking({"his_trade_no": "1", "guide_text": "字" * 501})
    assert booking.guide_text == "字" * 500
    assert his.read_allowed({"allowed": False, "reason": "字" * 101}) == "字" * 100
    assert his.read_allowed({"allowed": False}) == "医院系统不允许退费"


# ---- SMS ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize("length", [1, 128])
async def test_a_code_of_the_sms_platform_is_read_as_long_as_it_may_be(length: int) -> None:
    sms, _ = an_sms(plain({"Code": "x" * length}))
    with pytest.raises(OutsideRefusal) as refused:
        await sms.send(PHONE, NOTICE_BY_SMS, "1")
    assert refused.value.reason_code == "x" * length


@pytest.mark.asyncio
@pytest.mark.parametrize("length", [0, 129])
async def test_an_answer_without_a_readable_code_tells_nothing(length: int) -> None:
    sms, _ = an_sms(plain({"Code": "x" * length}))
    with pytest.raises(OutcomeUnknown):
        await sms.send(PHONE, NOTICE_BY_SMS, "1")
