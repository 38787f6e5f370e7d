"""What the API asks and answers about inpatients. Money in fen; texts are for the person, in the words of the H5 pages."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from pydantic import StringConstraints

from handlers.api.bill_models import Fen
from handlers.api.lot_models import LotTold, SumTold
from handlers.api.models import Asked, Look, Moment, PerhapsPart, Phone, Told, Typed, page_of
from handlers.his.requests import Number


class AdmissionCodeAsked(Asked):
    """The number and the patient's name, as they were typed."""

    admission_no: Typed
    name: Typed


class AdmissionTold(Told):
    """One stay. ``rest_label`` says what ``rest_fen`` is: what is left of the deposits, or what is owed. ``low``: why more should be paid in."""

    admission_key: str
    card_key: str
    name_masked: str
    card_masked: str
    state: Literal["admitted", "discharged", "settled"]
    text: str
    look: Look
    place: str
    doctor: str
    admitted_at: Moment
    discharged_at: Moment | None
    rest_label: str
    rest_fen: int
    deposits_fen: int
    spent_fen: int
    own_fen: int
    low: str


class DayItemTold(Told):
    """``amount_fen`` is below 0 where the hospital took something back."""

    name: str
    spec: str
    unit: str
    quantity: str
    unit_price_fen: int
    amount_fen: int


class DayKindTold(Told):
    category: str
    amount_fen: int
    items: list[DayItemTold]


class DayListTold(Told):
    """``amount_fen`` is null where the day cost nothing. ``before`` and ``after``: the days beside it that are of the stay."""

    name_masked: str
    card_masked: str
    date: datetime.date
    day: str
    is_today: bool
    amount_fen: int | None
    kinds: list[DayKindTold]
    before: datetime.date | None
    after: datetime.date | None


class DepositTold(Told):
    way: str
    amount_fen: int
    returned_fen: int
    paid_at: Moment
    receipt_no: str


class DepositsTold(Told):
    """What was paid in for one stay, all at once: ``next`` is always null."""

    admission: AdmissionTold
    items: list[DepositTold]
    next: str | None


class TopUpTold(Told):
    """How much may be paid in now, and the hospital's ``reason`` for it; ``refused``: what is said where ``can_pay`` is false."""

    admission: AdmissionTold
    can_pay: bool
    needed_fen: int
    cap_fen: int | None
    reason: str
    refused: str


class TopUpAsked(Asked):
    """``amount``: yuan, as they were typed. ``phone`` as in PaymentAsked."""

    amount: Typed
    phone: Phone | None = None


class WristbandAsked(Asked):
    """``content``: the text that wx.scanCode read off a wristband."""

    content: Annotated[str, StringConstraints(min_length=1, max_length=4096)]


class WristbandDepositAsked(WristbandAsked):
    """``amount`` and ``phone`` as in TopUpAsked."""

    amount: Typed
    phone: Phone | None = None


class WristbandTold(Told):
    name_masked: str


class SettlementTold(Told):
    """The whole calculation. ``window``: what is got at the window. ``can_settle``: it is not settled yet; then ``action`` stands on the button.
    ``out_trade_no``: the payment of what was to be paid.
    """

    settlement_no: str
    rest_label: str
    rest_fen: int
    to_pay_fen: int
    text: str
    sums: list[SumTold]
    kinds: list[SumTold]
    progress: list[SumTold]
    returns: list[LotTold]
    window: list[SumTold]
    can_settle: bool
    action: str
    out_trade_no: str | None


class DischargeTold(Told):
    """``settlement`` is null where nothing can be calculated; ``refused`` says why."""

    admission: AdmissionTold
    settlement: SettlementTold | None
    refused: str


class SettlementAsked(Asked):
    """``settlement_no`` and ``amount_fen`` (what is to be paid) of the calculation that the person saw: of another one nothing begins.
    ``phone`` as in PaymentAsked."""

    settlement_no: Number
    amount_fen: Fen
    phone: Phone | None = None


AdmissionPage = page_of(AdmissionTold, PerhapsPart)
