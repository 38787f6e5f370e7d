"""Alipay's statement of a day: what is asked, from where its file is fetched, and what is no statement."""

from __future__ import annotations

from datetime import date

import pytest

from server.core.errors import Forged, OutcomeUnknown, OutsideRefusal
from server.core.ports import HttpResponse
from server.platforms.alipay.openapi.forms import V1, read_form
from server.platforms.alipay.openapi.keys import AlipayVerifier
from server.platforms.alipay.openapi.people import is_user_id
from server.platforms.alipay.pay.statement_download import METHOD
from server.reconciliation.statements import StatementAnswer, StatementKind
from tests.support.receiving import Taken
from tests.unit.platforms.alipay.pen import ALIPAY, GATEWAY, a_channel, biz, failure, form, success
from tests.unit.platforms.played import Answer, plain, public_pem

DAY = date(2026, 11, 27)
pytestmark = pytest.mark.asyncio


def told(address: str) -> HttpResponse:
    return success(METHOD, bill_download_url=address)


async def asked(*answers: Answer, kind: StatementKind = StatementKind.TRADE) -> tuple[StatementAnswer, list[str]]:
    channel, transport = a_channel(*answers)
    answer = await channel.statements.statement(DAY, kind, Taken())
    return answer, [call.url for call in transport.sent]


@pytest.mark.parametrize(
    "address",
    [
        "https://dwbillcenter.alipay.com/downloadBillFile.resource?bizType=trade",
        "http://dwbillcenter.alipay.com/downloadBillFile.resource?bizType=trade",
        f"{GATEWAY}/bill?x=1",
    ],
)
async def test_a_statement_is_fetched_from_the_platform(address: str) -> None:
    assert await asked(told(address), plain(b"zip")) == (StatementAnswer.FILE, [f"{GATEWAY}?charset=utf-8", address])


@pytest.mark.parametrize(
    "address",
    [
        "https://dwbillcenter.alipay.com.evil.example/file",
        "https://evil.example/file",
        "http://openapi.alipay.com/gateway.do",
        "ftp://dwbillcenter.alipay.com/file",
    ],
)
async def test_and_from_nobody_else(address: str) -> None:
    channel, transport = a_channel(told(address))
    with pytest.raises(OutcomeUnknown, match="address"):
        await channel.statements.statement(DAY, StatementKind.TRADE, Taken())
    assert len(transport.sent) == 1


async def test_an_address_has_a_bounded_length() -> None:
    address = f"{GATEWAY}/bill?x=".ljust(4096, "x")
    assert (await asked(told(address), plain(b"zip")))[0] is StatementAnswer.FILE
    with pytest.raises(OutcomeUnknown, match="unreadable"):
        await asked(told(address + "x"))


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("NO_BILL_DATA", StatementAnswer.NONE_THAT_DAY),
        ("BILL_NOT_EXIST", StatementAnswer.NOT_YET),
    ],
)
async def test_a_day_without_a_statement_and_one_that_is_being_made_are_told_apart(
    code: str, answer: StatementAnswer
) -> None:
    assert (await asked(failure(METHOD, code)))[0] is answer


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([success(METHOD)], OutcomeUnknown),
        ([told("")], OutcomeUnknown),
        ([told(f"{GATEWAY}/bill"), plain(b"", 502)], OutcomeUnknown),
        ([failure(METHOD, "ACCESS_FORBIDDEN")], OutsideRefusal),
    ],
)
async def test_what_is_no_statement_is_an_error_and_no_empty_day(answers: list[Answer], error: type[Exception]) -> None:
    with pytest.raises(error):
        await asked(*answers)


@pytest.mark.parametrize(("kind", "name"), [(StatementKind.TRADE, "trade"), (StatementKind.FUND, "signcustomer")])
async def test_each_kind_is_asked_for_by_its_name(kind: StatementKind, name: str) -> None:
    channel, transport = a_channel(told(f"{GATEWAY}/bill"), plain(b"zip"))
    await channel.statements.statement(DAY, kind, Taken())
    assert biz(transport.sent[0]) == {"bill_type": name, "bill_date": "2026-11-27"}
    assert [(call.system, call.timeout_s) for call in transport.sent] == [("alipay", 5.0), ("alipay_statement", 60.0)]


@pytest.mark.parametrize(
    ("subject", "yes"),
    [("2088000000000011", True), ("208800000000001", False), ("20880000000000111", False), ("074a1Cc", False)],
)
async def test_a_user_s_id_is_known_by_its_form(subject: str, yes: bool) -> None:
    assert is_user_id(subject) is yes


async def test_a_form_names_each_field_once_and_has_no_more_than_eighty() -> None:
    verifier = AlipayVerifier((public_pem(ALIPAY),))
    whole = {"sign_type": "RSA2", "charset": "utf-8", **{f"f{number:02}": "1" for number in range(77)}}
    raw = form(whole)
    assert len(read_form(raw.body, verifier, V1)) == 80
    with pytest.raises(Forged, match="no form"):
        read_form(form({**whole, "f99": "1"}).body, verifier, V1)
    with pytest.raises(Forged, match="a field twice"):
        read_form(form({"sign_type": "RSA2", "a": "1"}).body + b"&a=1", verifier, V1)
