"""The deposits of an admission as refundable money: what the HIS says was paid in, less what our own payments know of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from server.core.errors import NotAllowed
from server.core.ports import Clock
from server.inpatient.model import DEPOSIT, Deposit, Stay
from server.inpatient.ports import InpatientSystem
from server.inpatient.rules.allocation import Lot
from server.inpatient.texts import NOT_OURS, PAID_BY, stuck_at_window, used_up_at_window
from server.payments.hospital import Hospital
from server.payments.model import Payment
from server.payments.ports import PaymentStore
from server.payments.refund_channel import must_lead_back, refund_channel_info
from server.payments.rules.refund_shares import refundable_fen
from server.payments.rules.refund_window import RefundsUsedUp


class LotReader:
    def __init__(self, hospitals: Mapping[str, Hospital], payments: PaymentStore, clock: Clock) -> None:
        self._hospitals = hospitals
        self._payments = payments
        self._clock = clock

    async def of_stay(self, his: InpatientSystem, hospital_id: str, stay: Stay) -> tuple[Lot, ...]:
        """Every deposit that still has money of its own. Raises OutsideError while the HIS does not say which there are."""
        deposits = await his.deposits(stay)
        ours = await self.payments(hospital_id, [one.out_trade_no for one in deposits if one.out_trade_no])
        lots = (self._lot(hospital_id, one, ours.get(one.out_trade_no)) for one in deposits)
        return tuple(lot for lot in lots if lot.left_fen)

    async def payments(self, hospital_id: str, numbers: Sequence[str]) -> Mapping[str, Payment]:
        """The payments of our deposits among ``numbers``."""
        found = await asyncio.gather(*(self._payments.get(hospital_id, number) for number in numbers))
        return {one.id: one for one in found if one is not None and one.purpose == DEPOSIT}

    def _lot(self, hospital_id: str, deposit: Deposit, payment: Payment | None) -> Lot:
        """What is on its way back by our books is not the HIS's to give again, and the other way round: the smaller of both is left."""
        left_fen = deposit.amount_fen - deposit.returned_fen
        if payment is None:
            why = PAID_BY.get(deposit.way, NOT_OURS)
            return Lot(
                number=deposit.his_trade_no, way=deposit.way, left_fen=left_fen, paid_at=deposit.paid_at, stuck=why
            )
        return Lot(
            number=payment.id,
            way=payment.parts[0].channel,
            left_fen=min(left_fen, refundable_fen(payment)),
            paid_at=payment.paid_at or payment.created_at,
            stuck=self._stuck(self._hospitals[hospital_id], payment),
        )

    def _stuck(self, hospital: Hospital, payment: Payment) -> str:
        title = refund_channel_info(hospital, payment.parts[0].channel).title
        try:
            must_lead_back(hospital, payment, self._clock.now())
        except RefundsUsedUp:
            return used_up_at_window(title)
        except NotAllowed:
            return stuck_at_window(title)
        return ""
