"""An attempt as it would be stored: by which way each part is paid, until when, and where it began."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.core.errors import BadInput
from server.patients.model import Origin, Session
from server.payments.attempt_drafts import AttemptDrafts
from server.payments.hospital import Hospital
from server.payments.methods import MethodRow, Way, ways_for
from server.payments.model import Payment, PaymentState
from server.payments.purpose import Quote, QuotedPart
from server.payments.purposes.bills.model import subject_of
from tests.support.builders import CARD, PHONE, a_bill, a_scan, a_session, an_identity
from tests.support.channels import FaithfulChannel
from tests.support.clock_and_ids import MORNING, FakeClock, SeededIds
from tests.support.mini_program import MINI_APP, ObligingMiniProgram
from tests.support.outside import ObligingIdentity, a_hospital

FUND = QuotedPart(amount_fen=700, kind="fund", channel="fundpay", undo_order=2)
CASH = QuotedPart(amount_fen=300)
SCANNED = Origin(entrance="bill_qr", terminal="printer-3", operator="window-7")


def a_quote(*parts: QuotedPart, **fields: Any) -> Quote:
    facts: dict[str, Any] = {
        "parts": parts or (CASH,), "claims": ("bill:B1",), "description": "测试医院 门诊缴费", "patient_name": "张测试",
        "card_no": CARD, "subject": subject_of([a_bill()]),
    }  # fmt: skip
    return Quote(**{**facts, **fields})


def hospital_with(*rows: MethodRow, **fields: Any) -> Hospital:
    names = ("wechat", "alipay", "fundpay")
    identities = {name: ObligingIdentity(name) for name in ("wechat", "alipay")}
    channels = {name: NamedAccounts(name) for name in names}
    return a_hospital(channels=channels, identities=identities, methods=rows, **fields)


class NamedAccounts(FaithfulChannel):
    """The account of each method says whose it is."""

    def account(self, method: str) -> tuple[str, str]:
        return f"{self.name}-{method}-app", f"{self.name}-merchant"


def drafted(quote: Quote, hospital: Hospital | None = None, session: Session | None = None, **given: str) -> Payment:
    hospital = hospital or hospital_with()
    clock = FakeClock(MORNING + timedelta(microseconds=654_321))
    drafts = AttemptDrafts({hospital.id: hospital}, clock, SeededIds(), timedelta(minutes=15))
    session = session or a_session("somebody", a_scan("B1"))
    return drafts.attempt(session, "bills", quote, given.get("phone", ""), given.get("terminal", ""))


def ways(payment: Payment) -> list[tuple[str, str]]:
    return [(part.request.channel, part.request.method) for part in payment.parts]


def test_each_part_has_an_order_of_its_own_which_ends_with_a_whole_second() -> None:
    payment = drafted(a_quote(FUND, CASH), phone="13900000002")
    first, second = payment.parts
    assert (first.order_no, second.order_no) == (payment.id, f"{payment.id}p2")
    assert payment.id.startswith("ZF20261123")
    assert [part.request.expires_at for part in payment.parts] == [MORNING + timedelta(minutes=15)] * 2
    assert [(part.kind, part.amount_fen, part.undo_order) for part in payment.parts] == [
        ("fund", 700, 2),
        ("cash", 300, 0),
    ]
    assert (first.request.app_id, first.request.merchant_id) == ("fundpay-jsapi-app", "fundpay-merchant")
    assert (second.request.app_id, second.request.merchant_id) == ("wechat-jsapi-app", "wechat-merchant")
    assert {part.request.description for part in payment.parts} == {"测试医院 门诊缴费"}
    assert {part.request.payer for part in payment.parts} == {payment.payer} == {an_identity("somebody")}


def test_whose_it_is_and_for_whom() -> None:
    payment = drafted(a_quote(claims=("slot:1",), holds=True), phone="13900000002")
    assert (payment.owner, payment.purpose, payment.claims, payment.holds) == (
        an_identity("somebody").key, "bills", ("slot:1",), True,
    )  # fmt: skip
    person = payment.personal
    assert (person.patient_name, person.card_no, person.phone, person.patient_phone) == (
        "张测试", CARD, "13900000002", PHONE,
    )  # fmt: skip
    assert person.subject == a_quote().subject
    assert (payment.state, payment.hospital) == (PaymentState.CREATED, "demo")


WAP, NATIVE = Way("alipay", "wap"), Way("wechat", "native")


@pytest.mark.parametrize(
    ("rows", "part", "way"),
    [
        ((), CASH, ("wechat", "jsapi")),
        ((MethodRow(way=WAP), MethodRow(way=NATIVE)), CASH, ("alipay", "wap")),
        ((MethodRow(way=WAP), MethodRow(way=NATIVE)), replace(CASH, channel="wechat"), ("wechat", "native")),
        ((MethodRow(way=WAP),), FUND, ("fundpay", "jsapi")),
        ((MethodRow(login="alipay", way=WAP),), CASH, ("wechat", "jsapi")),
        ((MethodRow(entrance="official_account", way=WAP),), CASH, ("alipay", "wap")),
        ((MethodRow(entrance="bill_qr", way=WAP),), CASH, ("wechat", "jsapi")),
    ],
)
def test_a_part_is_paid_by_the_first_way_that_is_allowed_and_of_its_own_channel(
    rows: tuple[MethodRow, ...], part: QuotedPart, way: tuple[str, str]
) -> None:
    assert ways(drafted(a_quote(part), hospital_with(*rows))) == [way]


@pytest.mark.parametrize(
    ("login", "entrance", "fits"), [("alipay", "", False), ("", "bill_qr", False), ("wechat", "home", True)]
)
def test_a_row_fits_by_login_and_entrance_both(login: str, entrance: str, fits: bool) -> None:
    rows = (MethodRow(login=login, entrance=entrance, way=WAP),)
    assert ways_for(rows, "wechat", "home", NATIVE) == ((WAP,) if fits else (NATIVE,))


def test_a_mini_program_opens_its_own_cashier_whatever_the_rows_say() -> None:
    hospital = hospital_with(MethodRow(way=WAP), mini_program=ObligingMiniProgram())
    inside = a_session("somebody", a_scan("B1"), identity=an_identity("somebody", app_id=MINI_APP))
    payment = drafted(a_quote(), hospital, inside)
    assert (ways(payment), payment.origin.entrance) == ([("wechat", "miniprogram")], "mini_program")
    outside = drafted(a_quote(), hospital)
    assert (ways(outside), outside.origin.entrance) == ([("alipay", "wap")], "official_account")


def test_a_way_of_a_channel_that_is_gone_begins_nothing() -> None:
    with pytest.raises(BadInput) as told:
        drafted(a_quote(), hospital_with(MethodRow(way=Way("gone", "jsapi"))))
    assert told.value.user_message == "医院暂未开通这种支付方式，请到窗口缴费。"


@pytest.mark.parametrize(
    ("origin", "given", "began"),
    [
        (None, "kiosk-1", Origin(entrance="official_account", terminal="kiosk-1")),
        (None, "", Origin(entrance="official_account", terminal="")),
        (SCANNED, "kiosk-1", SCANNED),
        (replace(SCANNED, terminal=""), "kiosk-1", replace(SCANNED, terminal="kiosk-1")),
    ],
)
def test_where_it_began_is_the_scan_s_else_the_login_s(origin: Origin | None, given: str, began: Origin) -> None:
    assert drafted(a_quote(origin=origin), terminal=given).origin == began
