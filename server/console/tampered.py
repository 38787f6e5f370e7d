"""A payment that was changed in the database: what differs from the audit chain, and the word of two people on which work goes on.

Nothing is written into the payment before the second person agrees, so the proposal waits beside it, sealed, for a day.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from server.alerts.model import NOTE_CHARS_MAX, Alert, CloseReason, closed_by_hand
from server.alerts.ports import AlertStore
from server.audit.ports import AuditStore
from server.console.alert_room import NOTE
from server.console.payment_room import PaymentRoom
from server.core.errors import BadInput, NotAllowed, NotFound
from server.core.history import HistoryEvent, event_id
from server.core.ports import Clock, Ids, Sealer, ShortLivedStore
from server.effects.ledger import tampered_alert
from server.payments.model import Payment
from server.payments.ports import PaymentStore
from server.payments.rules.audit_events import PAYMENT
from server.payments.rules.replay import contradictions
from server.payments.rules.tampering import accepted, as_in_the_chain, leaves_fen, unsupported_refunds
from server.refunds.authorization import Authorization
from server.refunds.permission import RefundPermission
from server.refunds.rules.permissions import DECIDES, must_be
from server.staff.model import Role, Staff
from server.staff.proofs import Proof
from server.staff.rules.auth_events import Asked
from server.staff.service import StaffService

PROPOSES = (Role.FINANCE,)
WAITS_FOR = timedelta(days=1)
_WAITING = "tampered_payment"
TICKET_LENGTH = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A proposal. ``seen`` is what the proposer saw (`Review.seen`)."""

    by: str
    at: datetime
    seen: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """``stored`` is the payment as it was found, ``mended`` has the lines of its history that the audit chain has. ``seen`` is a keyed hash
    of all that was found: whoever agrees names what they saw.
    """

    stored: Payment
    mended: Payment
    lines_changed: int
    seen: str
    waiting: Waiting | None

    @property
    def differs(self) -> tuple[str, ...]:
        """What the history does not lead to, as sentences of codes and numbers."""
        return contradictions(self.mended)

    @property
    def withdrawn(self) -> tuple[str, ...]:
        """The numbers of refunds that will not be sent."""
        return tuple(refund.id for refund in unsupported_refunds(self.mended))


class TamperedDesk:
    def __init__(
        self,
        *,
        payments: PaymentStore,
        entries: AuditStore,
        alerts: AlertStore,
        short_lived: ShortLivedStore,
        room: PaymentRoom,
        permission: RefundPermission,
        staff: StaffService,
        sealer: Sealer,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._payments = payments
        self._entries = entries
        self._alerts = alerts
        self._short_lived = short_lived
        self._room = room
        self._permission = permission
        self._staff = staff
        self._authorization = Authorization(staff, permission, Asked.ENDING)
        self._sealer = sealer
        self._clock = clock
        self._ids = ids

    async def look(self, actor: Staff, payment_id: str) -> Review:
        """Raises NotAllowed for a payment that is as we wrote it."""
        must_be(actor, DECIDES)
        payment = await self._room.open(actor, payment_id)
        if not payment.tampered:
            raise NotAllowed("not tampered with", user_message="这笔支付没有被改动，不用确认。")
        lines = await self._lines(payment)
        mended = as_in_the_chain(payment, lines)
        changed = sum(mine != theirs for mine, theirs in zip(payment.history, lines, strict=False))
        missing = max(0, len(lines) - len(payment.history))
        seen = self._sealer.lookup("tampered", repr(payment))
        waiting = await self._waiting(payment)
        return Review(stored=payment, mended=mended, lines_changed=changed + missing, seen=seen, waiting=waiting)

    async def propose(self, actor: Staff, payment_id: str, seen: str, words: str, proof: Proof) -> None:
        """Raises NotAllowed, TooManyTries, BadInput with words for the form. ``words`` say who changed what, and why it may stay."""
        must_be(actor, PROPOSES)
        review = await self.look(actor, payment_id)
        await self._permission.must_not_be_theirs(actor, review.stored)
        _must_be_as_seen(review, seen)
        if review.waiting is not None:
            raise NotAllowed("another proposal", user_message="这笔支付已有等待复核的确认申请。")
        if not words.strip():
            raise BadInput("words", user_message="请写明谁改动了什么、怎么核对的。")
        await self._staff.prove(actor, proof, Asked.ENDING)
        now = self._clock.now()
        facts = {"by": actor.as_actor, "at": now.isoformat(), "seen": seen, "words": words.strip()[:NOTE_CHARS_MAX]}
        text, ends = json.dumps(facts, ensure_ascii=False), now + WAITS_FOR
        if not await self._short_lived.put_once(_WAITING, _key(review.stored), text, now, ends):
            raise NotAllowed("another proposal", user_message="这笔支付已有等待复核的确认申请。")
        await self._alerts.raise_alert(
            Alert(
                hospital=actor.hospital,
                id=f"{payment_id}:tampering_waits:{self._ids.text(TICKET_LENGTH)}",
                kind="tampering_waits",
                text=payment_id,
                at=now,
            )
        )

    async def agree(self, actor: Staff, payment_id: str, seen: str, proof: Proof) -> Payment:
        """The payment, which is ours again in the write that says so. Raises as `propose`, and LostRace where somebody changed it again."""
        review, now = await self.look(actor, payment_id), self._clock.now()
        waiting = review.waiting
        if waiting is None:
            raise NotAllowed("no proposal", user_message="没有等待复核的确认申请。")
        _must_be_as_seen(review, seen)
        _must_be_as_seen(review, waiting.seen)
        after = accepted(review.mended, actor.as_actor, waiting.by, now)
        fen = leaves_fen(review.mended)
        await self._permission.must_be_second(actor, review.stored, waiting.by, fen)
        async with self._authorization.by(actor, proof, fen):
            await self._payments.accept(review.stored, after)
        await self._short_lived.drop(_WAITING, _key(after))
        await self._close_alert(actor, after, waiting.words)
        return after

    async def drop(self, actor: Staff, payment_id: str) -> None:
        """Taken back, or refused: the payment stays as it was found."""
        review = await self.look(actor, payment_id)
        await self._short_lived.drop(_WAITING, _key(review.stored))

    # ---- steps ---------------------------------------------------------------------------------------------------------------------

    async def _lines(self, payment: Payment) -> tuple[HistoryEvent, ...]:
        """The lines that the audit chain has of it, from the first one on."""
        lines: list[HistoryEvent] = []
        while True:
            entry = await self._entries.by_id(payment.hospital, event_id(PAYMENT, payment.id, len(lines)))
            if entry is None:
                return tuple(lines)
            lines.append(entry.line)

    async def _waiting(self, payment: Payment) -> Waiting | None:
        text = await self._short_lived.get(_WAITING, _key(payment), self._clock.now())
        if text is None:
            return None
        facts = json.loads(text)
        return Waiting(**{**facts, "at": datetime.fromisoformat(facts["at"])})

    async def _close_alert(self, actor: Staff, payment: Payment, words: str) -> None:
        """The words of the proposer stay with the alert."""
        alert = tampered_alert("payment", payment, self._clock.now())
        note = self._sealer.seal(f"{NOTE}:{alert.id}", words.encode())
        close = partial(closed_by_hand, by=actor.as_actor, why=CloseReason.HANDLED, note=note, now=self._clock.now())
        try:
            await self._alerts.change(payment.hospital, alert.id, close)
        except NotFound:  # nobody had met it yet
            return


def _key(payment: Payment) -> str:
    return f"{payment.hospital}:{payment.id}"


def _must_be_as_seen(review: Review, seen: str) -> None:
    if review.seen != seen:
        raise NotAllowed("changed meanwhile", user_message="这笔支付刚又有变化，请重新查看后再办理。")
