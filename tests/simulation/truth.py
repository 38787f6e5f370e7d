"""What the outside says of a payment at this moment, in the words in which people must read it. Nothing here asks Zhenfu's rules: amounts,
names and times come from the channel's and the HIS's own books.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from sandbox.hospital.his import BILL
from sandbox.hospital.ledger import GUIDE, RELEASE
from sandbox.hospital.ledger import TRADE as HIS_TRADE
from sandbox.world.wire import Record
from server.core.actors import CARD_HOLDER
from server.payments.model import Payment
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from tests.simulation.channels import Refund as TheirRefund
from tests.simulation.channels import Trade

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

CHINA = timezone(timedelta(hours=8))
ARRIVALS = {"wechat": "零钱几分钟内到账，银行卡1至3个工作日", "alipay": "余额几分钟内到账，银行卡1至3个工作日"}
STAFF_SAID = "项目未做"
"""The reason that `employees.py` gives."""
OF_A_BALANCE = "退还余额"
"""Why a patient's own request for an old balance gives money back."""
SUCCESS = "success"
WRITTEN_OFF = frozenset(
    {RefundState.RELEASED, RefundState.SUBMITTED, RefundState.ABNORMAL, RefundState.SUCCEEDED, RefundState.WITHDRAWN}
)
TAKEN_LINES = frozenset({"refund_submitted", "refund_abnormal", "refund_succeeded"})
"""What Zhenfu writes down when a channel has taken a refund."""


class Truth:
    """Of one payment, as it stands outside now. ``payment`` is Zhenfu's record, used for what only Zhenfu can know."""

    def __init__(self, world: SimulatedWorld, payment: Payment) -> None:
        self._world = world
        self.payment = payment
        self._records = world.outside.scene.records
        self.his: Record | None = self._records.get(HIS_TRADE, payment.id)
        self.trade: Trade | None = next((t for t in _trades(world) if t.out_trade_no == payment.id), None)
        self.refunds: list[TheirRefund] = [
            refund for channel in world.channels for refund in channel.refunds() if refund.out_trade_no == payment.id
        ]

    @property
    def in_fen(self) -> int:
        return self.trade.amount_fen if self.trade is not None and self.trade.transaction_id else 0

    @property
    def back_fen(self) -> int:
        return sum(refund.amount_fen for refund in self.refunds if refund.state == SUCCESS)

    def theirs(self, refund_id: str) -> TheirRefund | None:
        return next((refund for refund in self.refunds if refund.out_refund_no == refund_id), None)

    def written_off(self, refund_id: str) -> Record | None:
        """What the HIS wrote off for this refund: under its number, or under that of an earlier try."""
        refund = self.payment.refund(refund_id)
        number = refund.written_off_as or refund_id if refund is not None else refund_id
        release = self._records.get(RELEASE, number)
        return release if release is not None and release["out_trade_no"] == self.payment.id else None

    # ---- is it so? -----------------------------------------------------------------------------------------------------------------

    def missing(self, subject: str) -> str:
        """What is not so outside although ``subject`` says it; empty when it has happened."""
        purpose, _, which = subject.partition(".")
        refund_id = f"{self.payment.id}{which}"
        holds = {
            "payment_booked": self.his is not None and self.in_fen > 0,
            "payment_confirmed": self.his is not None and self.in_fen == 0 and self.payment.amount_fen == 0,
            "payment_late": self.in_fen > 0 and self._waits_long(),
            "payment_not_booked": self.his is None and self.in_fen == 0 and self.payment.amount_fen == 0,
            "payment_returning": self.in_fen > 0 and (self.his is None or self._landed_on_the_way_back()),
            "payment_returned": 0 < self.in_fen == self.back_fen,
            "refund_accepted": self.written_off(refund_id) is not None,
            "refund_arrived": self._arrived(refund_id),
        }
        return "" if holds.get(purpose, False) else f"says {subject}, which is not so"

    def _landed_on_the_way_back(self) -> bool:
        """Has a call that was long on its way reached the HIS since the return began? Nobody knows it before the HIS is asked again."""
        began = next((line.at for line in reversed(self.payment.history) if line.what == "returning"), None)
        landed = self.his and datetime.fromisoformat(self.his["at"])
        return bool(began and landed and landed >= began.replace(microsecond=0))

    def _waits_long(self) -> bool:
        """Is the money here for as long as the hospital wants nobody to be told?"""
        paid_at = self.payment.paid_at
        limit = timedelta(minutes=self._world.file.his.told_after_minutes)
        return paid_at is not None and self._world.clock.now() - paid_at >= limit

    def _arrived(self, refund_id: str) -> bool:
        """The channel has paid it out, or the console's refund to which it gave way."""
        refund = self.payment.refund(refund_id)
        instead = refund.covered_by if refund is not None else ""
        covering = self.payment.refund(instead) if instead else None
        if covering is not None and covering.origin is RefundOrigin.ELSEWHERE:
            return True  # finance has proof that it reached the payer another way
        theirs = self.theirs(instead or refund_id)
        return theirs is not None and theirs.state == SUCCESS

    def overtaken(self, subject: str) -> bool:
        """Has something happened since, outside and to the knowledge of ``payment``, after which ``subject`` would mislead its reader?"""
        purpose, _, which = subject.partition(".")
        if purpose == "payment_booked":
            gone_fen = sum(map(self._gone_fen, self.payment.refunds)) + self._unknown_fen()
            released_fen = 0 if self.his is None else int(self.his["released_fen"])
            return 0 < self.in_fen <= gone_fen and (self.in_fen <= released_fen or self.in_fen == self.back_fen)
        if purpose == "payment_late":
            gone_fen = sum(map(self._gone_fen, self.payment.refunds)) + self._unknown_fen()
            return self.payment.state != "paid" or self.in_fen <= gone_fen
        if purpose == "payment_returning":
            return self.payment.state == "returned" and self.in_fen == self.back_fen
        if purpose == "refund_accepted":
            together = [
                refund for refund in self.payment.refunds if refund.written_off_as == f"{self.payment.id}{which}"
            ]
            return all(self._is_over(refund) for refund in together)
        return False

    def _unknown_fen(self) -> int:
        """What the channel has told to be back beyond the refunds that ``payment`` knows by their numbers."""
        sent = {RefundState.SUBMITTED, RefundState.ABNORMAL, RefundState.SUCCEEDED}
        later = self._sent_since_told()
        refunds = (refund for refund in self.payment.refunds if refund.state in sent and refund.id not in later)
        known_fen = sum(refund.amount_fen for refund in refunds)
        return max(0, min(self.payment.parts[0].told_refunded_fen, self.in_fen) - known_fen)

    def _sent_since_told(self) -> set[str]:
        """The numbers of our refunds that the channel had not taken when it last told a sum: that sum is not of them."""
        lines = self.payment.history
        sums = (at for at, line in enumerate(lines) if line.detail.get("sum_fen", "unknown") != "unknown")
        told = max(sums, default=len(lines))
        before = {line.detail.get("refund") for line in lines[:told] if line.what in TAKEN_LINES}
        ours = {refund.id for refund in self.payment.refunds if refund.origin is not RefundOrigin.MERCHANT_CONSOLE}
        return ours - before if told < len(lines) else set()

    def _gone_fen(self, refund: Refund) -> int:
        if not refund.asked_by:
            return refund.amount_fen - refund.covered_fen if refund.state is RefundState.SUCCEEDED else 0
        again = any(
            other.written_off_as == refund.written_off_as and other.id > refund.id for other in self.payment.refunds
        )
        counts = refund.written_off_as and refund.state in WRITTEN_OFF and not again
        return self._first_of(refund).amount_fen if counts else 0

    def _first_of(self, refund: Refund) -> Refund:
        """The one under whose number the HIS wrote it off: all that later numbers send is a part of it."""
        return self.payment.refund(refund.written_off_as) or refund

    def _is_over(self, refund: Refund) -> bool:
        if refund.covered_by:
            covering = self.payment.refund(refund.covered_by)
            return covering is not None and covering.state is RefundState.SUCCEEDED and self._arrived(refund.id)
        return refund.state is RefundState.CLOSED or (
            refund.state is RefundState.SUCCEEDED and self._arrived(refund.id)
        )

    # ---- in which words? -----------------------------------------------------------------------------------------------------------

    def words(self, subject: str) -> Mapping[str, str]:
        """Every value that a template may show of ``subject``, as a person must read it."""
        purpose, _, which = subject.partition(".")
        bills = [self._records.get(BILL, bill_no) or {} for bill_no in self.payment.personal.subject.numbers]
        guides = {
            "payment_booked": GUIDE,
            "payment_confirmed": GUIDE,
            "payment_not_booked": "没有扣款，请到窗口办理",
            "payment_late": "已付款，请不要重复付款",
        }
        return {
            "hospital": self._world.file.name,
            "patient": str(bills[0]["patient_name"]),
            "departments": "、".join(dict.fromkeys(str(bill["department"]) for bill in bills)),
            "amount": yuan(self._amount_fen(purpose, f"{self.payment.id}{which}")),
            "payment": self.payment.id,
            "refund": f"{self.payment.id}{which}",
            "time": self._paid_at(),
            "guide": guides.get(purpose, ""),
            "receipt": str(self.his["receipt_no"]) if self.his is not None else "",
            "reason": self._reason(purpose, f"{self.payment.id}{which}"),
            "arrival": ARRIVALS.get(self.payment.parts[0].request.channel, ""),
        }

    def _amount_fen(self, purpose: str, refund_id: str) -> int:
        if not purpose.startswith("refund_"):
            return self.in_fen
        release, theirs = self.written_off(refund_id), self.theirs(refund_id)
        if purpose == "refund_accepted":
            return int(release["amount_fen"]) if release is not None else -1
        if theirs is not None:
            return theirs.amount_fen
        return self._covered_fen(refund_id, int(release["amount_fen"]) if release is not None else -1)

    def _covered_fen(self, refund_id: str, written_off_fen: int) -> int:
        """What the console's refund took over of it: what was left to send before, less what is left after."""
        chain = [r for r in self.payment.refunds if r.written_off_as == self._first(refund_id)]
        place = next(place for place, refund in enumerate(chain) if refund.id == refund_id)
        before_fen = written_off_fen if place == 0 else chain[place].amount_fen
        return before_fen - (chain[place + 1].amount_fen if place + 1 < len(chain) else 0)

    def _first(self, refund_id: str) -> str:
        refund = self.payment.refund(refund_id)
        return refund.written_off_as if refund is not None else refund_id

    def _paid_at(self) -> str:
        paid_at = self.trade.paid_at if self.trade is not None else ""
        at = datetime.fromisoformat(paid_at) if paid_at else self.payment.created_at
        return at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")

    def _reason(self, purpose: str, refund_id: str) -> str:
        if purpose.startswith("refund_"):
            refund = self.payment.refund(refund_id)
            return OF_A_BALANCE if refund is not None and refund.asked_by == CARD_HOLDER else STAFF_SAID
        if not purpose.startswith("payment_return"):
            return ""
        lines = [line.what for line in self.payment.history]
        if self.payment.return_reason == "ended_by_finance":
            return "医院财务核对后退回"
        if "closed" in lines:
            return "付款时支付单已关闭"
        if self.in_fen != self.payment.parts[0].request.amount_fen:
            return "支付金额与单据不符"
        return "医院未能入账" if "refused_by_his" in lines else "已在收款平台退费"


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _trades(world: SimulatedWorld) -> list[Trade]:
    return [trade for channel in world.channels for trade in channel.trades()]
