"""What was paid in beforehand as refundable money: what the HIS says of it, less what our own payments know of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from server.core.errors import NotAllowed
from server.core.ports import Clock
from server.payments.hospital import Hospital
from server.payments.model import Payment
from server.payments.ports import PaymentStore
from server.payments.refund_channel import must_lead_back, refund_channel_info
from server.payments.rules.refund_shares import refundable_fen
from server.payments.rules.refund_window import RefundsUsedUp
from server.refunds.model import Deposit
from server.refunds.rules.allocation import Lot
from server.refunds.texts import NOT_OURS, PAID_BY, stuck_at_window, used_up_at_window

IsLot = Callable[[Payment], bool]
"""May this payment of ours be one of the sums that the HIS tells of? Its number alone proves nothing."""


class LotReader:
    def __init__(self, hospitals: Mapping[str, Hospital], payments: PaymentStore, clock: Clock) -> None:
        self._hospitals = hospitals
        self._payments = payments
        self._clock = clock

    async def lots(self, hospital_id: str, told: Sequence[Deposit], is_lot: IsLot) -> tuple[Lot, ...]:
        """Every sum that the HIS told of and that still has money of its own."""
        ours = await self.payments(hospital_id, [one.out_trade_no for one in told if one.out_trade_no], is_lot)
        return self.lots_of(hospital_id, told, ours)

    def lots_of(self, hospital_id: str, told: Sequence[Deposit], ours: Mapping[str, Payment]) -> tuple[Lot, ...]:
        """As `lots`, where ``ours`` were read already."""
        lots = (self._lot(hospital_id, one, ours.get(one.out_trade_no)) for one in told)
        return tuple(lot for lot in lots if lot.left_fen)

    async def payments(self, hospital_id: str, numbers: Sequence[str], is_lot: IsLot) -> Mapping[str, Payment]:
        """The payments among ``numbers`` that may be lots, by their numbers."""
        found = await asyncio.gather(*(self._payments.get(hospital_id, number) for number in numbers))
        return {one.id: one for one in found if one is not None and is_lot(one)}

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
