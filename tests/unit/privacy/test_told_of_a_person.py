"""What is told of one person, field by field, with what is masked, and what the chain says of each question."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from server.core.history import HistoryEvent
from server.effects.model import EffectKind
from server.patients.model import BoundCard
from server.payments.model import Payment
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.booking import booked
from server.privacy.export import Held, exported
from tests.support.builders import (
    CARD,
    HOSPITAL,
    MORNING,
    PHONE,
    TOKEN,
    a_booking,
    a_paid,
    a_payment,
    an_identity,
    leased,
)

NOW = datetime(2026, 11, 24, 3, 4, 5, 678900, tzinfo=UTC)
WHO = an_identity(union_id="union-1")
OWNER = WHO.key


def a_card(number: str = CARD, *marks: str) -> BoundCard:
    return BoundCard(hospital=HOSPITAL, owner=OWNER, card_no=number, name="张测试", identity_proofs=marks)


def told(held: Held) -> Any:
    return exported(held, "payer", NOW)


def test_of_nobody_there_are_the_form_and_the_question() -> None:
    assert told(Held(hospital=HOSPITAL)) == {
        "form": "zhenfu-person-1",
        "hospital": HOSPITAL,
        "made_at": "2026-11-24T03:04:05+00:00",
        "found_by": "payer",
        "identities": [],
        "sessions": [],
        "cards": [],
        "payments": [],
    }


def test_identities_sessions_and_cards() -> None:
    held = Held(
        hospital=HOSPITAL,
        identities=[(WHO, ["own", "self"], PHONE)],
        session_ends=[MORNING],
        cards=[a_card(CARD, "own:1", "self:1"), a_card("C2", "own:1"), a_card("C3")],
    )
    answer = told(held)
    assert answer["identities"] == [
        {
            "channel": "wechat", "app_id": WHO.app_id, "subject": WHO.subject,
            "joined_by": ["own", "self"], "phone": PHONE,
        }
    ]  # fmt: skip
    assert answer["sessions"] == [{"ends_at": "2026-11-23T01:30:00+00:00"}]
    assert [(card["card_no"], card["name"], card["own"]) for card in answer["cards"]] == [
        (CARD, "张测试", True), ("C2", "张测试", False), ("C3", "张测试", False),
    ]  # fmt: skip


def whole() -> Payment:
    """Booked and partly refunded, with a line of each who did something."""
    payment = booked(leased(a_paid(payer=WHO), EffectKind.BOOK, MORNING), TOKEN, a_booking(), MORNING)
    refund = Refund(
        id=f"{payment.id}R01", amount_fen=500, reason="duplicate", origin=RefundOrigin.STAFF, state=RefundState.SUCCEEDED, at=NOW,
        request_id="r-1",
    )  # fmt: skip
    lines = (
        HistoryEvent(at=MORNING, what="created", by=payment.owner),
        HistoryEvent(at=NOW, what="viewed", by="staff:1001"),
    )
    personal = replace(payment.personal, patient_phone="13900000002")
    return replace(payment, refunds=(refund,), history=lines, personal=personal)


def about(answer: Any) -> tuple[str, str, str, str]:
    [payment] = answer["payments"]
    return payment["patient_name"], payment["card_no"], payment["phone"], payment["patient_phone"]


def test_a_payment_of_a_payer_for_their_own_card() -> None:
    payment = whole()
    [answer] = told(Held(hospital=HOSPITAL, cards=[a_card(CARD, "self:1")], payments=[payment]))["payments"]
    [charge] = payment.personal.subject.charges
    assert answer == {
        "number": payment.id,
        "state": "booked",
        "purpose": "bills",
        "channel": "wechat",
        "entrance": "official_account",
        "created_at": "2026-11-23T01:30:00+00:00",
        "paid_at": "2026-11-23T01:30:00+00:00",
        "amount_fen": 1234,
        "paid_fen": 1234,
        "refunded_fen": 500,
        "patient_name": "张测试",
        "card_no": CARD,
        "phone": PHONE,
        "patient_phone": "13900000002",
        "payer": {"subject": WHO.subject, "union_id": "union-1"},
        "bills": [
            {
                "bill_no": charge.number, "department": "测试内科", "own_fen": 1234,
                "items": [{"name": "血常规", "amount_fen": 1234}],
            }
        ],
        "booking": {
            "his_trade_no": "HIS-1", "receipt_no": "RC-1", "receipt_url": payment.booking.receipt_url,  # type: ignore[union-attr]
            "guide_text": "请到二楼采血处",
        },
        "refunds": [
            {
                "number": f"{payment.id}R01", "state": "succeeded", "amount_fen": 500, "reason": "duplicate",
                "at": "2026-11-24T03:04:05+00:00",
            }
        ],
        "history": [
            {"at": "2026-11-23T01:30:00+00:00", "what": "created", "by": "payer"},
            {"at": "2026-11-24T03:04:05+00:00", "what": "viewed", "by": "staff:1001"},
        ],
    }  # fmt: skip


def test_a_payer_is_told_of_another_patient_what_their_pages_show() -> None:
    answer = told(Held(hospital=HOSPITAL, payments=[whole()]))
    assert about(answer) == ("张*试", "****0001", PHONE, "139****0002")
    assert answer["payments"][0]["payer"]["subject"] == WHO.subject


def test_a_patient_is_told_everything_but_who_paid() -> None:
    answer = told(Held(hospital=HOSPITAL, card_no=CARD, payments=[whole()]))
    assert about(answer) == ("张测试", CARD, "138****0001", "13900000002")
    assert "payer" not in answer["payments"][0]


def test_what_has_not_happened_is_told_as_nothing() -> None:
    [answer] = told(Held(hospital=HOSPITAL, payments=[a_payment(MORNING + timedelta(days=1))]))["payments"]
    assert (answer["state"], answer["paid_at"], answer["booking"], answer["refunds"]) == ("created", None, None, [])
    assert (answer["amount_fen"], answer["paid_fen"], answer["refunded_fen"]) == (1234, 0, 0)
