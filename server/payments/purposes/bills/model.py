"""缴费单: what a patient owes, as the HIS says (FHIR Invoice and ChargeItem), and which bills can be paid together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from server.core.errors import BadInput, ChargeChanged, NotFound
from server.payments.subject import Charge, ChargeItem, Subject

BILLS = "bills"
"""The name of this purpose."""

BILLS_PER_PAYMENT_MAX = 20


def description_of(hospital_name: str) -> str:
    """What a payer reads in their own list of payments: never what was treated."""
    return f"{hospital_name} 门诊缴费"


class BillStatus(StrEnum):
    UNPAID = "unpaid"
    PAID = "paid"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """One bill. ``own_fen`` is what the patient pays; the other three are None where the HIS does not know the split."""

    bill_no: str
    card_no: str
    patient_name: str
    kind: str
    department: str
    doctor: str
    issued_at: datetime
    status: BillStatus
    own_fen: int
    total_fen: int | None = None
    fund_fen: int | None = None
    account_fen: int | None = None
    settle_group: str = ""
    items: tuple[ChargeItem, ...] = ()


def subject_of(bills: Sequence[Bill]) -> Subject:
    """``bills`` as a payment keeps them. Whose they are stands beside it, in the payment."""
    return Subject(charges=tuple(_charge(bill) for bill in bills), facts=bills[0].settle_group if bills else "")


def _charge(bill: Bill) -> Charge:
    return Charge(
        number=bill.bill_no,
        kind=bill.kind,
        department=bill.department,
        doctor=bill.doctor,
        issued_at=bill.issued_at,
        own_fen=bill.own_fen,
        total_fen=bill.total_fen,
        fund_fen=bill.fund_fen,
        account_fen=bill.account_fen,
        items=bill.items,
    )


def claim_of(bill_no: str) -> str:
    """What a payment of the bill claims, so that it is not paid twice."""
    return f"bill:{bill_no}"


def within_limit(how_many: int) -> None:
    """Raises BadInput for more bills than one payment may hold; asked before the HIS is."""
    if how_many > BILLS_PER_PAYMENT_MAX:
        raise BadInput("too many bills", user_message=f"一次最多支付 {BILLS_PER_PAYMENT_MAX} 张缴费单，请分开支付。")


def settled_together(bills: Sequence[Bill]) -> int:
    """The sum in fen to pay for ``bills`` in one payment.

    Raises NotFound for none, BadInput for bills that the HIS would not confirm together, ChargeChanged for one no longer unpaid.
    """
    if not bills:
        raise NotFound("no bill chosen", user_message="没有可支付的缴费单。")
    groups = {bill.settle_group for bill in bills}
    if len({bill.card_no for bill in bills}) > 1 or len(groups) > 1 or (len(bills) > 1 and groups == {""}):
        raise BadInput("bills of different groups", user_message="这些缴费单不能合并支付，请分开支付。")
    if len({bill.bill_no for bill in bills}) != len(bills):
        raise BadInput("a bill named twice", user_message="同一张缴费单选了两次，请重新选择。")
    for bill in bills:
        if bill.status is not BillStatus.UNPAID:
            raise ChargeChanged(f"bill is {bill.status}")
        if bill.own_fen < 0:
            raise BadInput("negative bill", user_message="缴费单金额异常，请到收费窗口处理。")
    return sum(bill.own_fen for bill in bills)
