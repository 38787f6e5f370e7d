"""Invented people, bills, payments and answers of the outside, each valid by itself and changed by keyword."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from server.effects.model import EffectKind, take
from server.patients.model import Origin, Patient, PayerIdentity, ScannedBills, Session
from server.payments.model import Booking, Payment, Personal, bumped
from server.payments.part import ChannelRequest, Part
from server.payments.purposes.bills.model import BILLS, Bill, BillStatus, claim_of, subject_of
from server.payments.refund_model import CASH
from server.payments.rules.paying import money_arrived, ordered
from server.payments.rules.starting import start
from server.payments.rules.trades import ChannelRefund, RefundOutcome, Trade, TradeState
from server.payments.subject import ChargeItem
from tests.support.clock_and_ids import MORNING

HOSPITAL = "demo"
APP = "wxdemo0000000001"
MERCHANT = "1900000001"
PAYMENT_ID = "ZF20261123ABCDEFGHJKMN"
TRANSACTION = "4200000000202611230000000001"
PHONE = "13800000001"
CARD = "C0000001"
TOKEN = "worker-1"
LEASE = timedelta(seconds=60)


def an_identity(subject: str = "openid-zhang-ceshi", **fields: Any) -> PayerIdentity:
    return PayerIdentity(**{"channel": "wechat", "app_id": APP, "subject": subject, **fields})


def a_patient(**fields: Any) -> Patient:
    facts: dict[str, Any] = {
        "patient_id": "P0000001",
        "name": "张测试",
        "sex": "female",
        "birth_date": "1990-01-01",
        "phone": PHONE,
        "id_no": "11010119900101000X",
        "card_nos": (CARD,),
    }
    return Patient(**{**facts, **fields})


def a_bill(bill_no: str = "B1", own_fen: int = 1234, **fields: Any) -> Bill:
    facts: dict[str, Any] = {
        "bill_no": bill_no,
        "card_no": CARD,
        "patient_name": "张测试",
        "kind": "outpatient",
        "department": "测试内科",
        "doctor": "李虚构",
        "issued_at": MORNING - timedelta(hours=1),
        "status": BillStatus.UNPAID,
        "own_fen": own_fen,
        "settle_group": "G",
        "items": (
            ChargeItem(
                item_no="1",
                name="血常规",
                category="检验",
                spec="",
                unit="次",
                quantity="1",
                unit_price_fen=own_fen,
                amount_fen=own_fen,
            ),
        ),
    }
    return Bill(**{**facts, **fields})


def a_request(**fields: Any) -> ChannelRequest:
    facts: dict[str, Any] = {
        "channel": "wechat",
        "method": "jsapi",
        "app_id": APP,
        "merchant_id": MERCHANT,
        "payer": an_identity(),
        "amount_fen": 1234,
        "description": "测试医院 门诊缴费",
        "expires_at": MORNING + timedelta(minutes=15),
    }
    return ChannelRequest(**{**facts, **fields})


def a_part(order_no: str = PAYMENT_ID, **fields: Any) -> Part:
    facts: dict[str, Any] = {"kind": CASH, "order_no": order_no, "request": a_request()}
    return Part(**{**facts, **fields})


def with_first(payment: Payment, **fields: Any) -> Payment:
    """``payment`` with these fields of its first part."""
    first, *rest = payment.parts
    return replace(payment, parts=(replace(first, **fields), *rest))


def renumbered(payment: Payment, payment_id: str) -> Payment:
    """The same payment of one part under another number."""
    [part] = payment.parts
    return replace(payment, id=payment_id, parts=(replace(part, order_no=payment_id),))


def a_payment(now: datetime = MORNING, phone: str = PHONE, **request: Any) -> Payment:
    """Created, nothing sent yet."""
    asked = a_request(**{"expires_at": now + timedelta(minutes=15), **request})
    bill = a_bill(own_fen=asked.amount_fen)
    return start(
        hospital=HOSPITAL,
        payment_id=PAYMENT_ID,
        owner=asked.payer.key,
        origin=Origin(entrance="official_account"),
        purpose=BILLS,
        payer=asked.payer,
        parts=(a_part(request=asked),),
        personal=Personal(patient_name="张测试", card_no=CARD, phone=phone, subject=subject_of([bill])),
        claims=(claim_of(bill.bill_no),),
        now=now,
    )


def paying_for(payment: Payment, *bills: Bill) -> Payment:
    """``payment`` with these bills as what it is for; its claims stay."""
    return replace(payment, personal=replace(payment.personal, subject=subject_of(bills)))


def a_pending(now: datetime = MORNING, **request: Any) -> Payment:
    return ordered(a_payment(now, **request), "prepay-1", now)


def a_paid(now: datetime = MORNING, **request: Any) -> Payment:
    payment = a_pending(now, **request)
    return money_arrived(payment, a_trade(payment), now, at_the_source=False)


def a_trade(payment: Payment, state: TradeState = TradeState.PAID, **fields: Any) -> Trade:
    """What the channel says when all is as it should be."""
    part = payment.parts[0]
    facts: dict[str, Any] = {
        "out_trade_no": payment.id,
        "state": state,
        "app_id": part.request.app_id,
        "merchant_id": part.request.merchant_id,
        "currency": part.request.currency,
        "amount_fen": part.request.amount_fen,
        "transaction_id": TRANSACTION,
        "payer": part.request.payer.subject,
        "paid_at": payment.created_at,
    }
    return Trade(**{**facts, **fields})


def a_channel_refund(
    payment: Payment, outcome: RefundOutcome = RefundOutcome.SUCCEEDED, number: str = "R01", **fields: Any
) -> ChannelRefund:
    """What the channel says of a refund; ``number`` is our two-digit number, or a whole number of somebody else's."""
    refund_id = f"{payment.id}{number}" if number.startswith("R") else number
    known = payment.refund(refund_id)
    part = payment.parts[0]
    facts: dict[str, Any] = {
        "out_trade_no": payment.id,
        "out_refund_no": refund_id,
        "outcome": outcome,
        "amount_fen": known.amount_fen if known is not None else payment.paid_fen,
        "channel_refund_id": f"50000000002026112300-{number}",
        "merchant_id": part.request.merchant_id,
    }
    return ChannelRefund(**{**facts, **fields})


def a_booking(number: str = "HIS-1") -> Booking:
    return Booking(
        his_trade_no=number,
        receipt_no="RC-1",
        receipt_url="https://receipts.example/RC-1",
        guide_text="请到二楼采血处",
    )


def leased(payment: Payment, kind: EffectKind, now: datetime, subject: str = "", token: str = TOKEN) -> Payment:
    """The payment with the effect taken by ``token``, whatever its due time was."""
    key = f"{kind}:{subject}" if subject else str(kind)
    due = tuple(
        replace(effect, due_at=min(effect.due_at, now)) if effect.key == key else effect for effect in payment.effects
    )
    return bumped(payment, effects=take(due, key, token=token, now=now, lease=LEASE))


def a_scan(*bill_nos: str, **fields: Any) -> ScannedBills:
    facts: dict[str, Any] = {
        "card_no": CARD,
        "name": "张测试",
        "phone": PHONE,
        "id_no": "11010119900101000X",
        "bill_nos": bill_nos or ("B1",),
        "origin": Origin(entrance="bill_qr", terminal="printer-3", operator="window-7"),
        "expires_at": MORNING + timedelta(days=1),
    }
    return ScannedBills(**{**facts, **fields})


def a_session(subject: str = "openid-zhang-ceshi", *scans: ScannedBills, **fields: Any) -> Session:
    facts: dict[str, Any] = {
        "id": f"session-{subject}",
        "hospital": HOSPITAL,
        "identity": an_identity(subject),
        "expires_at": MORNING + timedelta(hours=2),
        "scans": scans,
    }
    return Session(**{**facts, **fields})
