"""What unclaimed money owes the world: its way back to the payer, and its lines in the audit chain."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from server.audit.model import AuditEntry
from server.audit.service import AuditService
from server.audit.sources import Examination, line_problem
from server.core.errors import NotAllowed, OutsideRefusal
from server.core.ports import Clock, Ids
from server.effects.document import DocumentKind
from server.effects.ledger import Ledger
from server.effects.model import Effect, EffectKind
from server.payments.hospital import Hospital
from server.payments.ports import PaidOrder, UnclaimedStore
from server.payments.rules.unclaimed_returns import (
    UNCLAIMED,
    after_failure,
    lines_audited,
    return_answered,
    unclaimed_alarms,
    unclaimed_contradictions,
    unclaimed_events,
    with_effects,
)
from server.payments.unclaimed_model import UnclaimedMoney

UnclaimedLedger = Ledger[UnclaimedMoney]
Decide = Callable[[UnclaimedMoney], UnclaimedMoney]
REASON = "退回"
UNCLAIMED_KIND: DocumentKind[UnclaimedMoney] = DocumentKind(
    name=UNCLAIMED,
    not_found="没有找到这笔钱。",
    with_effects=with_effects,
    after_failure=after_failure,
    alarms=unclaimed_alarms,
)


class UnclaimedReturns:
    """Runs REFUND and QUERY_REFUND of unclaimed money. Every retry reuses the number that was stored before it was first sent."""

    def __init__(self, hospitals: Mapping[str, Hospital], clock: Clock, ids: Ids) -> None:
        self._hospitals = hospitals
        self._clock = clock
        self._ids = ids

    async def run(self, money: UnclaimedMoney, effect: Effect) -> Decide:
        """Raises what the channel raises, and OutsideRefusal for an answer that does not fit."""
        channel = self._hospitals[money.hospital].channels[money.channel]
        if effect.kind is EffectKind.REFUND:
            order = PaidOrder(out_trade_no=money.out_trade_no, paid_fen=money.amount_fen)
            answer = await channel.refund(order, effect.subject, money.amount_fen, REASON)
        else:
            answer = await channel.query_refund(money.out_trade_no, effect.subject)
        now, jitter = self._clock.now(), self._ids.jitter()

        def decide(current: UnclaimedMoney) -> UnclaimedMoney:
            return return_answered(current, answer, now, jitter, effect)

        try:
            decide(money)
        except NotAllowed as different:
            raise OutsideRefusal(channel.name, "REFUND_DIFFERS", str(different)) from different
        return decide


class UnclaimedAudit:
    """Runs SEAL. A repeat finds its entries by their ids."""

    def __init__(self, audit: AuditService, clock: Clock) -> None:
        self._audit = audit
        self._clock = clock

    async def run(self, money: UnclaimedMoney, effect: Effect) -> Decide:
        """Raises NotSent when the end of the chain moved faster than it could be reached."""
        await self._audit.append(money.hospital, unclaimed_events(money, money.audited_lines))
        upto, token, now = len(money.history), effect.lease or "", self._clock.now()
        return lambda current: lines_audited(current, upto, token, now)


class AuditedUnclaimed:
    """Unclaimed money as a source of the audit chain: every line of its history is in it."""

    kinds = frozenset({UNCLAIMED})

    def __init__(self, unclaimed: UnclaimedStore) -> None:
        self._unclaimed = unclaimed

    async def problem_of(self, entry: AuditEntry) -> str:
        """Why ``entry`` is of no line of unclaimed money; empty when the line stands there unchanged. Raises Unreadable."""
        _, whose, _ = entry.source
        money = await self._unclaimed.get(entry.hospital, whose)
        return line_problem(entry, None if money is None else money.history)

    async def examine(self, examination: Examination) -> None:
        """Each is what Zhenfu wrote, its history leads to its state, and its lines stand in the chain."""
        async for page in self._unclaimed.pages(examination.hospital):
            for money in page:
                if money.tampered:
                    examination.say(f"unclaimed {money.id} was changed in the database by somebody without the key")
                for contradiction in unclaimed_contradictions(money):
                    examination.say(f"unclaimed {money.id}: {contradiction}")
                await examination.all_in(unclaimed_events(money), money.audited_lines)
            await examination.rest()
