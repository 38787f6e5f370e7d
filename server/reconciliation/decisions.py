"""What a person decides about differences: several at once, with a summary before anything happens, and a second person over a limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from server.core.errors import NotFound
from server.core.ports import Clock
from server.effects.ledger import Ledger
from server.payments.hospital import Hospital
from server.payments.model import Payment
from server.reconciliation.day_model import Disposition, DispositionAct, ReconciliationDay
from server.reconciliation.model import Discrepancy
from server.reconciliation.rules import days as rules
from server.reconciliation.rules.linking import linked_with, partners
from server.reconciliation.sending_back import SendingBack, sent_fen

AT_ONCE_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What ``by`` is about to decide. ``others`` are the other ends of linked rows; ``sends``, by the difference's id, the payments whose money
    goes back, about which the channel and the HIS have been asked.
    """

    day: ReconciliationDay
    found: Sequence[Discrepancy]
    act: DispositionAct
    by: str
    others: Mapping[str, str]
    sends: Mapping[str, Payment]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a decision about several differences would do."""

    count: int
    difference_fen: int
    second_needed: int  # those that send money back, and those over the limit
    sent: int
    sent_fen: int  # what goes back to payers, of ``sent`` payments, when another person has agreed


def together(summaries: Sequence[Summary]) -> Summary:
    """The summary of several days."""
    return Summary(
        count=sum(each.count for each in summaries),
        difference_fen=sum(each.difference_fen for each in summaries),
        second_needed=sum(each.second_needed for each in summaries),
        sent=sum(each.sent for each in summaries),
        sent_fen=sum(each.sent_fen for each in summaries),
    )


class DayDecisions:
    def __init__(
        self,
        hospitals: Mapping[str, Hospital],
        ledger: Ledger[ReconciliationDay],
        sending_back: SendingBack,
        clock: Clock,
    ) -> None:
        self._hospitals = hospitals
        self._ledger = ledger
        self._sending_back = sending_back
        self._clock = clock

    async def summary(
        self,
        hospital: str,
        day_id: str,
        ids: Sequence[str],
        act: DispositionAct = DispositionAct.CONFIRM,
        by: str = "",
    ) -> Summary:
        """What a decision would do. Raises as `proposed`."""
        proposal = await self.proposed(hospital, day_id, ids, act, by)
        return Summary(
            count=len(proposal.found),
            difference_fen=sum(each.difference_fen for each in proposal.found),
            second_needed=sum(self._needs_second(proposal, each) for each in proposal.found),
            sent=len(proposal.sends),
            sent_fen=sum(map(sent_fen, proposal.sends.values())),
        )

    async def proposed(self, hospital: str, day_id: str, ids: Sequence[str], act: DispositionAct, by: str) -> Proposal:
        """Nothing is decided yet; LINK takes two. Raises NotFound for a difference that is not there, or not open any more; BadInput for a
        link of what is no pair; NotAllowed where nobody can say yet whether money may go back.
        """
        day = await self._ledger.documents.get(hospital, day_id)
        if day is None or not 0 < len(ids) <= AT_ONCE_MAX:
            raise _gone()
        found = _open(day, ids)
        others = partners(act, {each.id: each.difference_fen for each in found})
        sends = await self._sends(day, found, act, by)
        return Proposal(day=day, found=found, act=act, by=by, others=others, sends=sends)

    async def record(self, proposal: Proposal, remark: str) -> ReconciliationDay:
        """All of ``proposal`` or nothing. Raises NotFound where somebody has decided one of them since, NotAllowed."""
        now, sends = self._clock.now(), proposal.sends
        made = [
            Disposition(
                discrepancy=each.id, act=proposal.act, by=proposal.by, at=now, remark=remark.strip(),
                difference_fen=each.difference_fen, other=proposal.others.get(each.id, ""),
                needs_second=self._needs_second(proposal, each),
                sends=sends[each.id].id if each.id in sends else "",
            )
            for each in proposal.found
        ]  # fmt: skip

        def all_decided(day: ReconciliationDay) -> ReconciliationDay:
            _open(day, [each.discrepancy for each in made])
            for each in made:
                day = rules.decided(day, each, now)
            return day

        return await self._ledger.apply(proposal.day.hospital, proposal.day.id, all_decided)

    async def agree(self, hospital: str, day_id: str, discrepancy: str, by: str) -> ReconciliationDay:
        """The second person. Money that goes back is owed by its payment before the day says that they have agreed: whoever agrees again
        after a failure between the two sends nothing twice. Raises NotFound, NotAllowed.
        """
        now = self._clock.now()

        def both_ends_agreed(day: ReconciliationDay) -> ReconciliationDay:
            for each in linked_with(day, discrepancy):
                day = rules.agreed(day, each, by, now)
            return day

        day = await self._ledger.documents.get(hospital, day_id)
        waits = day.disposition(discrepancy) if day is not None else None
        if day is not None and waits is not None and waits.sends:
            both_ends_agreed(day)
            await self._sending_back.send(day, waits, by)
        return await self._ledger.apply(hospital, day_id, both_ends_agreed)

    async def payment_sent_back(self, hospital: str, decided: Disposition) -> Payment | None:
        """The payment whose money goes back when another person agrees with ``decided``; None for a record."""
        return await self._sending_back.payment(hospital, decided.sends) if decided.sends else None

    async def run_again(self, hospital: str, day_id: str, by: str) -> ReconciliationDay:
        now = self._clock.now()
        return await self._ledger.apply(hospital, day_id, lambda day: rules.run_again(day, by, now))

    def _needs_second(self, proposal: Proposal, found: Discrepancy) -> bool:
        limit_fen = self._hospitals[proposal.day.hospital].second_over_fen
        return found.id in proposal.sends or abs(found.difference_fen) > limit_fen

    async def _sends(
        self, day: ReconciliationDay, found: Sequence[Discrepancy], act: DispositionAct, by: str
    ) -> dict[str, Payment]:
        """By the difference's id, the payments whose money goes back by this decision."""
        if act is not DispositionAct.SEND_BACK:
            return {}
        payments = {each.id: await self._sending_back.would_send(day, each, by) for each in found}
        return {each: payment for each, payment in payments.items() if payment is not None}


def _open(day: ReconciliationDay, ids: Sequence[str]) -> Sequence[Discrepancy]:
    """The differences among ``ids`` that nobody has decided. Raises NotFound unless that is all of them."""
    found = {each.id: each for each in rules.undecided(day)}
    if any(each not in found for each in ids):
        raise _gone()
    return [found[each] for each in dict.fromkeys(ids)]


def _gone() -> NotFound:
    return NotFound("discrepancy", user_message="没有找到这条差异，请刷新后再看。")
