"""What staff read of refunds on their own phones, at the moment at which it arrives: is it about that refund, is it so, is it theirs to do?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sandbox.wechat.templates import BY_ID
from sandbox.world.wire import Record
from server.payments.model import Payment
from server.payments.refund_model import Refund
from server.payments.rules.telling import ALERTS_STANDING, AUDIT_HEAD
from tests.simulation.line import at_once
from tests.simulation.truth import CHINA, SUCCESS, Truth, yuan

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

FINANCE = "3"
"""With it begin the numbers of finance staff."""
OVER = "（已消除）"
ASKS, TELLS = "refund_waiting", "refund_result"
WHY = frozenset({"超过单笔限额", "超过当日限额", "支付时间较久", "与本人有关"})
ENDED_UNSENT = frozenset({"已驳回", "已撤回", "无人审批，已过期"})
UNDER_WAY = frozenset(
    {"正在办理", "医院系统已冲销，正在退费", "已提交退费，等待到账", "退费异常，财务正在处理", "等待审批"}
)
ARRIVED, CLOSED = "退费已到账", "退费被渠道关闭，正在重新提交"


class StaffReading:
    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world
        self._seen: dict[str, int] = {}

    def sends(self, payment: Payment, subject: str) -> None:
        """Who is asked to agree must be needed still, to the knowledge of ``payment``."""
        purpose, which = subject.split(".")[:2]
        refund = payment.refund(f"{payment.id}{which}")
        if purpose == ASKS and (refund is None or refund.state != "requested"):
            self._world.trace.problem(
                f"(d) {self._world.shorter(payment.id)} {subject}: asked to agree to what is decided"
            )

    def arrived(self) -> None:
        chats = self._world.outside.chats
        for number, openid in self._world.employees.openids.items():
            cards = [line for line in chats.messages(openid) if line.get("template_id") in BY_ID]
            for card in cards[self._seen.get(number, 0) :]:
                self._read(number, card)
            self._seen[number] = len(cards)

    def _alerts(self, number: str, values: dict[str, str]) -> None:
        """Alerts are told to finance, and never more than there have been; none at all stands only where one has ended."""
        alerts = at_once(self._world.database.stores.alerts.latest(self._world.hospital_id, 1000))
        least = 0 if OVER in values["reason"] else 1
        if not number.startswith(FINANCE) or not least <= int(values["count"]) <= len(alerts):
            self._world.trace.problem(f"(d) staff {number} reads of alerts: {values}")

    def _audit_head(self, number: str, values: dict[str, str]) -> None:
        """The head of a day is told to finance: the last entry of that day as it stands in the chain."""
        world, last = self._world, int(values["last"])
        entries = at_once(world.database.stores.audit.page(world.hospital_id, last - 1, 2))
        head, after = entries[0], entries[1:]
        right = head.number == last and head.mac.startswith(values["head"].replace(" ", ""))
        of_day = f"{head.day:%Y年%m月%d日}" == values["day"] and all(entry.day > head.day for entry in after)
        if not (number.startswith(FINANCE) and right and of_day):
            world.trace.problem(f"(d) staff {number} reads of an audit head: {values}")

    def _read(self, number: str, card: Record) -> None:
        template = BY_ID[card["template_id"]]
        values = {name: card["data"][keyword]["value"] for keyword, name in template.values.items()}
        if template.purpose == ALERTS_STANDING:
            self._alerts(number, values)
            return
        if template.purpose == AUDIT_HEAD:
            self._audit_head(number, values)
            return
        found = next(self._refunds(values.get("refund", "?")), None)
        if found is None:
            self._world.trace.problem(f"(d) staff {number} reads {template.purpose} of no refund: {values}")
            return
        payment, refund = found
        for wrong in self._wrong(number, template.purpose, values, payment, refund):
            self._world.trace.problem(f"(d) staff {number} reads {template.purpose} of {refund.id[-9:]}: {wrong}")

    def _refunds(self, tail: str) -> Iterator[tuple[Payment, Refund]]:
        for payment in self._world.database.payments():
            yield from ((payment, refund) for refund in payment.refunds if refund.id.endswith(tail))

    def _wrong(
        self, number: str, purpose: str, values: dict[str, str], payment: Payment, refund: Refund
    ) -> Iterator[str]:
        theirs = Truth(self._world, payment).theirs(refund.id)
        amount_fen = refund.amount_fen if theirs is None else theirs.amount_fen
        if values["amount"].rstrip("元") != yuan(amount_fen):
            yield f"{values['amount']}, and it is of {yuan(amount_fen)}"
        if purpose == ASKS:
            if f"staff:{number}" == refund.asked_by:
                yield "asked to agree to their own"
            if not set(values["reason"].split("、")) <= WHY:
                yield f"why a second person: {values['reason']}"
            if values["time"] != refund.at.astimezone(CHINA).strftime("%Y年%m月%d日 %H:%M"):
                yield f"asked for at {values['time']}, and it was at {refund.at}"
        if purpose == TELLS:
            arrived = theirs is not None and theirs.state == SUCCESS
            if f"staff:{number}" != refund.asked_by:
                yield "what another one asked for"
            if (values["state"] == ARRIVED) != arrived and values["state"] not in UNDER_WAY:
                yield f"{values['state']}, and at the channel it is {theirs}"
            if values["state"] not in {ARRIVED, CLOSED, *ENDED_UNSENT, *UNDER_WAY}:
                yield f"no result: {values['state']}"
