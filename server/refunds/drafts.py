"""What staff are about to do with a refund, between the preview and the proof: kept for ten minutes under a ticket."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from server.core.actors import staff_actor
from server.core.errors import NotFound
from server.core.ports import Clock, Ids, ShortLivedStore
from server.payments.model import Payment
from server.payments.refund_model import Refund, RefundLine
from server.refunds.rules.permissions import same_refund
from server.refunds.rules.requests import RefundAsk
from server.staff.model import Staff

TICKET_LIFE = timedelta(minutes=10)
TICKET_LENGTH = 24
_TICKET = "refund_ticket"
ASK, AGREE, REJECT = "ask", "agree", "reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a ticket stands for. ``refund_id`` is empty while a refund is only asked for. ``lines`` may be empty: the amount is then
    of the payment, not of single items. ``note`` is in the maker's own words: why they ask, or why they say no."""

    ticket: str
    action: str
    number: str
    payment_id: str
    amount_fen: int
    refund_id: str = ""
    reason: str = "other"
    note: str = ""
    lines: tuple[RefundLine, ...] = ()

    def ask(self, approval_reasons: tuple[str, ...], note: str, door: str) -> RefundAsk:
        """What is asked for, confirmed at ``door``. ``approval_reasons`` and the sealed ``note`` as in RefundAsk."""
        return RefundAsk(
            request_id=self.ticket,
            amount_fen=self.amount_fen,
            lines=self.lines,
            reason=self.reason,
            note=note,
            by=staff_actor(self.number),
            requested_via=door,
            approval_reasons=approval_reasons,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A draft with what it is about. ``approval_reasons`` say why somebody else must agree; ``his_says`` is the HIS's reason against it,
    ``his_silent`` that it did not answer in time. ``asked_by`` and ``asked_note`` are of a decision: who asked, and in which words.
    """

    draft: Draft
    payment: Payment
    approval_reasons: tuple[str, ...]
    his_says: str = ""
    his_silent: bool = False
    asked_by: str = ""
    asked_note: str = ""

    @property
    def about(self) -> Refund | None:
        """The refund that is decided on; None while one is only asked for."""
        return self.payment.refund(self.draft.refund_id)

    @property
    def same_before(self) -> Refund | None:
        """Another refund of the same amount: perhaps this money has gone back already."""
        return same_refund(self.payment, self.draft.amount_fen, self.draft.refund_id)


class DraftKeeper:
    def __init__(self, short_lived: ShortLivedStore, clock: Clock, ids: Ids) -> None:
        self._short_lived = short_lived
        self._clock = clock
        self._ids = ids

    def new_ticket(self) -> str:
        return self._ids.text(TICKET_LENGTH)

    async def keep(self, hospital: str, draft: Draft) -> None:
        facts = json.dumps(asdict(draft), ensure_ascii=False)
        await self._short_lived.put(_TICKET, f"{hospital}:{draft.ticket}", facts, self._clock.now() + TICKET_LIFE)

    async def get(self, actor: Staff, ticket: str) -> Draft:
        """Only its own maker finds it. Raises NotFound."""
        facts = await self._short_lived.get(_TICKET, f"{actor.hospital}:{ticket}", self._clock.now())
        found = json.loads(facts) if facts else None
        if found is None or found["number"] != actor.number:
            raise NotFound("ticket", user_message="链接已失效，请重新发起。")
        return Draft(**{**found, "lines": tuple(_line(line) for line in found["lines"])})


def _line(stored: Mapping[str, Any]) -> RefundLine:
    """Drafts that an older version keeps name the charge ``bill_no``."""
    charge_no = stored["charge_no"] if "charge_no" in stored else stored["bill_no"]
    return RefundLine(charge_no=charge_no, item_no=stored["item_no"], amount_fen=stored["amount_fen"])
