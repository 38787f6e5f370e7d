"""Any payment that the domain's types allow, for property tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType

from hypothesis import strategies as st

from server.core.history import HistoryEvent
from server.effects.model import Effect, EffectKind
from server.patients.model import Origin, PayerIdentity
from server.payments.model import Booking, Payment, PaymentState, Personal
from server.payments.part import ChannelRequest, Part, PartState
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.subject import Charge, ChargeItem, Subject
from tests.support.builders import HOSPITAL

words = st.text(max_size=12)
fen = st.integers(min_value=0, max_value=2**53)
zones = st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-3, minutes=-30))])
times = st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2100, 1, 1), timezones=zones)  # noqa: DTZ001 - as hypothesis wants them
codes = st.dictionaries(st.sampled_from(["code", "refund", "why", "amount_fen"]), words, max_size=3).map(
    MappingProxyType
)


def tuples_of(element: st.SearchStrategy[object], most: int = 3) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(element, max_size=most).map(tuple)


identities = st.builds(PayerIdentity, channel=words, app_id=words, subject=words, union_id=st.none() | words)
origins = st.builds(Origin, entrance=words, terminal=words, operator=words)
items = st.builds(
    ChargeItem,
    item_no=words,
    name=words,
    category=words,
    spec=words,
    unit=words,
    quantity=words,
    unit_price_fen=fen,
    amount_fen=fen,
)
maybe_fen = st.none() | fen
charges = st.builds(
    Charge,
    number=words,
    kind=words,
    department=words,
    doctor=words,
    issued_at=times,
    own_fen=fen,
    total_fen=maybe_fen,
    fund_fen=maybe_fen,
    account_fen=maybe_fen,
    items=tuples_of(items, 2),
)
subjects = st.builds(Subject, charges=tuples_of(charges, 2), facts=words)
personals = st.builds(Personal, patient_name=words, card_no=words, phone=words, subject=subjects)
requests = st.builds(
    ChannelRequest,
    channel=words,
    method=words,
    app_id=words,
    merchant_id=words,
    payer=identities,
    amount_fen=fen,
    description=words,
    expires_at=times,
    currency=words,
)
maybe_words = st.none() | words
parts = st.builds(
    Part,
    kind=words,
    order_no=words,
    request=requests,
    undo_order=st.integers(0, 9),
    state=st.sampled_from(PartState),
    order_ref=maybe_words,
    transaction_id=maybe_words,
    paid_fen=fen,
    told_refunded_fen=fen,
    refunded_unseen=st.booleans(),
)
actors = st.sampled_from(["", "staff:1001", "his:1001", "his", "cli:root", "system"])
refunds = st.builds(
    Refund,
    id=words,
    amount_fen=fen,
    origin=st.sampled_from(RefundOrigin),
    reason=words,
    state=st.sampled_from(RefundState),
    at=times,
    channel_refund_id=maybe_words,
    finished_at=st.none() | times,
    asked_by=actors,
    decided_by=actors,
)
effects = st.builds(
    Effect,
    kind=st.sampled_from(EffectKind),
    subject=words,
    due_at=times,
    tries=st.integers(0, 1000),
    lease=maybe_words,
    last_error=maybe_words,
    unknown_at=st.none() | times,
)
bookings = st.builds(
    Booking, his_trade_no=words, receipt_no=words, receipt_url=words, guide_text=words, amount_fen=maybe_fen, news=words
)
history_events = st.builds(HistoryEvent, at=times, what=words, by=words, detail=codes)
claims = st.lists(words, max_size=3, unique=True).map(tuple)

changing = {
    "state": st.sampled_from(PaymentState),
    "parts": tuples_of(parts, 2),
    "refunds": tuples_of(refunds),
    "effects": tuples_of(effects),
    "paid_at": st.none() | times,
    "booking": st.none() | bookings,
    "return_reason": maybe_words,
}
"""What a transition may change, besides version, claims and history, which have rules of their own."""

payments = st.builds(
    Payment,
    hospital=st.just(HOSPITAL),
    id=words,
    version=st.integers(1, 2**40),
    purpose=words,
    owner=words,
    origin=origins,
    payer=identities,
    personal=personals,
    claims=claims,
    created_at=times,
    history=tuples_of(history_events),
    **changing,
)
steps = st.fixed_dictionaries({}, optional=changing)
"""Fields that one transition changes."""
