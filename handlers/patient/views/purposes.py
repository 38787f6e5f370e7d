"""Where on the pages each purpose is at home: where its payments lead back to, and where one begins again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.inpatient.model import DEPOSIT, DISCHARGE
from server.payments.purposes.bills.model import BILLS
from server.registration.model import REGISTRATION


@dataclass(frozen=True, slots=True)
class Home:
    """Paths below the hospital's own, and what stands on the links to them."""

    path: str
    back: str
    begin_path: str
    begin: str


_INPATIENT = Home("/inpatient", "返回住院", "/inpatient", "重新支付")
HOMES: Mapping[str, Home] = {
    BILLS: Home("/bills", "返回待缴费列表", "/bills", "重新支付"),
    REGISTRATION: Home("/appointments", "返回我的预约", "/registration", "重新挂号"),
    DEPOSIT: _INPATIENT,
    DISCHARGE: _INPATIENT,
}
