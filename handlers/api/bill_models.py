"""What the API asks and answers about bills and payments. Money in fen."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from handlers.api.models import Asked, Moment, Phone, Told, page_of
from handlers.api.need_models import PlaceTold
from handlers.his.requests import Number
from server.payments.purposes.bills.model import BILLS_PER_PAYMENT_MAX

Fen = Annotated[int, Field(ge=0, le=10**12)]


class BillItemTold(Told):
    name: str
    category: str
    spec: str
    unit: str
    quantity: str
    unit_price_fen: int
    amount_fen: int


class BillPaymentTold(Told):
    """The payment that has the bill's money. ``out_trade_no`` is null where another person paid: then ``note`` says who and when."""

    out_trade_no: str | None
    state: Literal["paid", "booked"]
    text: str
    note: str


class BillTold(Told):
    """``payment`` is there where money for this bill has arrived: it is not to be paid again, whatever ``status`` says."""

    bill_no: str
    name_masked: str
    card_masked: str
    department: str
    doctor: str
    issued_at: Moment
    status: Literal["unpaid", "paid", "refunded", "cancelled"]
    total_fen: int | None
    fund_fen: int | None
    account_fen: int | None
    own_fen: int
    settle_group: str | None
    payment: BillPaymentTold | None = None
    items: list[BillItemTold] | None = None


class PatientBillsTold(Told):
    """``bills`` are to be paid, ``settled`` are not any more. ``problem``: why the hospital does not give this card's bills, for the
    person.
    """

    card_key: str
    name_masked: str
    card_masked: str
    from_scan: bool
    bills: list[BillTold]
    settled: list[BillTold]
    problem: str | None


class PaymentAsked(Asked):
    """``amount_fen`` is the sum that the person saw: if it is another one by now, nothing begins. ``phone``: a mobile number as it was typed;
    null or empty: the known one."""

    bill_nos: Annotated[list[Number], Field(min_length=1, max_length=BILLS_PER_PAYMENT_MAX)]
    amount_fen: Fen
    phone: Phone | None = None


class RefundTold(Told):
    """``text``, ``detail`` and ``look`` are what a page shows of it."""

    out_refund_no: str
    amount_fen: int
    state: str
    reason_text: str
    requested_at: Moment
    finished_at: Moment | None
    text: str
    detail: str
    look: Literal["waiting", "success", "warn"]


class LineTold(Told):
    at: Moment
    text: str


class ChargeTold(Told):
    """What was paid for; ``own_fen`` is the patient's own part, ``number`` the hospital's number of it (empty where whoever pays may not know it) and ``number_name`` what it is called."""

    department: str
    doctor: str
    own_fen: int
    own_name: str
    number: str
    number_name: str
    items: list[BillItemTold]


class PaymentTold(Told):
    """``what_for`` is empty for bills. ``can_begin_again``: nothing was paid, and the bills ``bill_nos`` may be paid in a payment of their
    own. ``charges`` is null where payments are listed. ``back`` leads to where payments of this kind are at home, ``again`` to where one like it
    begins; null where none can.
    """

    out_trade_no: str
    name_masked: str
    card_masked: str
    state: Literal["paying", "confirming", "paid", "booked", "closed", "returning", "returned"]
    final: bool
    amount_fen: int
    what_for: str
    departments: list[str]
    charges: list[ChargeTold] | None
    bill_nos: list[str]
    can_begin_again: bool
    back: PlaceTold
    again: PlaceTold | None
    created_at: Moment
    paid_at: Moment | None
    guide_text: str
    receipt_no: str
    receipt_url: str
    headline: str
    detail: str
    timeline: list[LineTold]
    refunds: list[RefundTold]


class CallTold(Told):
    """What wx.requestPayment takes, as it is."""

    model_config = ConfigDict(extra="allow", frozen=True)

    timeStamp: str = ""
    nonceStr: str = ""
    package: str = ""
    signType: str = ""
    paySign: str = ""


class StartedTold(Told):
    payment: PaymentTold
    call: CallTold | None


class CallAnswer(Told):
    call: CallTold | None


BillPage = page_of(PatientBillsTold)
PaymentPage = page_of(PaymentTold)
