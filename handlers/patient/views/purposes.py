"""What the pages say of each purpose, and where it is at home: where its payments lead back to, and where one begins again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.inpatient.model import DEPOSIT, DISCHARGE
from server.inpatient.texts import DEPOSIT_TEXTS, DISCHARGE_TEXTS
from server.payments.model import Payment
from server.payments.purpose import PurposeTexts
from server.payments.purposes.bills.model import BILLS
from server.payments.purposes.bills.texts import BILLS_TEXTS
from server.registration.model import REGISTRATION
from server.registration.texts import REGISTRATION_TEXTS


@dataclass(frozen=True, slots=True)
class Home:
    """``texts`` are the purpose's words. Paths below the hospital's own, and what stands on the link back."""

    texts: PurposeTexts
    path: str
    back: str
    begin_path: str


HOMES: Mapping[str, Home] = {
    BILLS: Home(BILLS_TEXTS, "/bills", "返回待缴费列表", "/bills"),
    REGISTRATION: Home(REGISTRATION_TEXTS, "/appointments", "返回我的预约", "/registration"),
    DEPOSIT: Home(DEPOSIT_TEXTS, "/inpatient", "返回住院", "/inpatient"),
    DISCHARGE: Home(DISCHARGE_TEXTS, "/inpatient", "返回住院", "/inpatient"),
}


def what_for(payment: Payment) -> str:
    """What was paid for, where that is not the usual: empty for bills."""
    return "" if payment.purpose == BILLS else HOMES[payment.purpose].texts.title
