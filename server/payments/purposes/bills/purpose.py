"""门诊缴费: outpatient bills behind the contract of purposes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from server.core.errors import BadInput
from server.core.ports import Clock
from server.patients.model import Session
from server.patients.visible_cards import scan_of
from server.payments.his_ports import RefundAsked, RefundTold
from server.payments.hospital import Hospital
from server.payments.model import Booking, Payment
from server.payments.purpose import Quote, QuotedPart
from server.payments.purposes.bills.model import BILLS, claim_of, description_of, settled_together, subject_of
from server.payments.purposes.bills.ports import BillSystems, ConfirmRequest
from server.payments.purposes.bills.service import BillService
from server.payments.purposes.bills.texts import BILLS_TEXTS


class BillsPurpose:
    name = BILLS
    texts = BILLS_TEXTS

    def __init__(
        self, hospitals: Mapping[str, Hospital], systems: BillSystems, bills: BillService, clock: Clock
    ) -> None:
        self._hospitals = hospitals
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

    async def hold(self, payment: Payment) -> None:
        """A bill is held by nobody: what must not be paid twice is claimed."""

    async def on_closed(self, payment: Payment) -> None:
        """Nothing is held."""

    async def book(self, payment: Payment) -> Booking:
        return await self._systems[payment.hospital].confirm(self._request(payment))

    async def check(self, payment: Payment) -> Booking | None:
        return await self._systems[payment.hospital].check(payment.id)

    async def may_release(self, payment: Payment, asked: RefundAsked) -> str:
        return await self._systems[payment.hospital].refund_check(asked)

    async def release(self, payment: Payment, asked: RefundAsked) -> str:
        return await self._systems[payment.hospital].refund_release(asked)

    async def refunded(self, payment: Payment, told: RefundTold) -> None:
        await self._systems[payment.hospital].refund_notify(told)

    def _request(self, payment: Payment) -> ConfirmRequest:
        [part] = payment.parts
        return ConfirmRequest(
            out_trade_no=payment.id,
            card_no=payment.personal.card_no,
            bill_nos=payment.personal.subject.numbers,
            amount_fen=payment.amount_fen,
            channel=part.channel,
            transaction_id=part.transaction_id or "",
            paid_at=payment.paid_at or payment.created_at,
            origin=payment.origin,
        )
