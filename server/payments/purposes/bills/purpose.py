"""门诊缴费: outpatient bills behind the contract of purposes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from server.core.errors import BadInput
from server.core.ports import Clock
from server.patients.model import Session
from server.patients.visible_cards import scan_of
from server.payments.his_trades import HisTrades, paid_facts
from server.payments.hospital import Hospital
from server.payments.model import Booking, Payment
from server.payments.purpose import Quote, QuotedPart
from server.payments.purposes.bills.model import BILLS, claim_of, description_of, settled_together, subject_of
from server.payments.purposes.bills.ports import BillSystems, ConfirmRequest
from server.payments.purposes.bills.service import BillService
from server.payments.purposes.bills.texts import BILLS_TEXTS


class BillsPurpose(HisTrades):
    name = BILLS
    texts = BILLS_TEXTS

    def __init__(
        self, hospitals: Mapping[str, Hospital], systems: BillSystems, bills: BillService, clock: Clock
    ) -> None:
        super().__init__(hospitals)
        self._systems = systems
        self._bills = bills
        self._clock = clock

    async def quote(self, session: Session, chosen: Sequence[str]) -> Quote:
        """``chosen`` are numbers of bills that are paid together."""
        bills, amount_fen = await self._bills.payable(session, chosen)
        settled_together(bills)
        if amount_fen < 0:
            raise BadInput("negative own part", user_message="缴费单金额异常，请到收费窗口处理。")
        scan = scan_of(session, {bill.bill_no for bill in bills}, self._clock)
        return Quote(
            parts=(QuotedPart(amount_fen=amount_fen),),
            claims=tuple(claim_of(bill.bill_no) for bill in bills),
            description=description_of(self._hospitals[session.hospital].name),
            patient_name=bills[0].patient_name,
            card_no=bills[0].card_no,
            subject=subject_of(bills),
            origin=None if scan is None else scan.origin,
        )

    async def book(self, payment: Payment) -> Booking:
        return await self._systems[payment.hospital].confirm(self._request(payment))

    def _request(self, payment: Payment) -> ConfirmRequest:
        personal = payment.personal
        return ConfirmRequest(card_no=personal.card_no, bill_nos=personal.subject.numbers, **paid_facts(payment))
