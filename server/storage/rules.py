"""Bounds and rules that both twins keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from server.alerts.model import Alert
from server.audit.model import AuditEntry
from server.core.errors import BadInput, Tampered
from server.core.ports import ANSWERS_MAX
from server.effects.timetable import Timetable
from server.payments.model import Payment
from server.payments.part import Part
from server.payments.refund_model import RefundState
from server.payments.rules.erasing import PSEUDONYM, nobody, with_payer
from server.payments.rules.replay import TAMPERING_ACCEPTED
from server.payments.unclaimed_model import UnclaimedMoney
from server.reconciliation.bank_model import BankBook
from server.reconciliation.day_model import ReconciliationDay
from server.staff.model import Staff

CARDS_PER_OWNER_MAX = 10
NEVER_CHANGES = ("hospital", "id", "purpose", "owner", "origin", "payer", "personal", "holds", "created_at")
UNCLAIMED_NEVER_CHANGES = (
    "hospital",
    "id",
    "channel",
    "out_trade_no",
    "transaction_id",
    "kind",
    "amount_fen",
    "reason",
    "at",
)


def check_room(bound: Sequence[str], new: str) -> None:
    """Raises BadInput when one more card would be too many; binding one again is always fine."""
    if new not in bound and len(bound) >= CARDS_PER_OWNER_MAX:
        raise BadInput(
            "too many cards", user_message=f"最多绑定 {CARDS_PER_OWNER_MAX} 张就诊卡，请先解除绑定不用的卡。"
        )


def check_limit(limit: int) -> int:
    """``limit`` itself. Raises ValueError outside 1…ANSWERS_MAX: to MongoDB 0 would mean everything."""
    if not 1 <= limit <= ANSWERS_MAX:
        raise ValueError(f"a limit is between 1 and {ANSWERS_MAX}")
    return limit


def check_step(before: Payment, after: Payment) -> None:
    """Raises Tampered for a payment that was changed outside Zhenfu: a write would put our MAC under it. Raises ValueError for what no
    transition may do. It is a fault of ours, so nothing is written.

    A step goes forward, adds to the history, frees claims and never takes one (DESIGN section 3), and leaves alone what the
    channel was asked and for whom.
    """
    if before.tampered or after.tampered:
        raise Tampered(before.id)
    touched = [name for name in NEVER_CHANGES if getattr(before, name) != getattr(after, name)]
    if touched:
        raise ValueError(f"a step must not change {', '.join(touched)}")
    if [_asked(part) for part in before.parts] != [_asked(part) for part in after.parts]:
        raise ValueError("a step must not change what a channel was asked")
    if after.version <= before.version:
        raise ValueError("a step must raise the version")
    if after.history[: len(before.history)] != before.history:
        raise ValueError("a step must not rewrite history")
    if not set(after.claims) <= set(before.claims):
        raise ValueError("a step must not claim anything new")


def _asked(part: Part) -> tuple[object, ...]:
    return part.kind, part.order_no, part.undo_order, part.request


def check_erasure(before: Payment, after: Payment) -> None:
    """Raises Tampered as `check_step`. Raises ValueError for whatever takes more out of a payment than the person, or puts another one in."""
    if before.tampered or after.tampered:
        raise Tampered(before.id)
    personal, payer = after.personal, after.payer
    if personal != nobody(before.personal):
        raise ValueError("an erasure takes name, card and phone, and nothing else of what is personal")
    if after.owner not in {before.owner, payer.key} or payer.union_id not in {None, before.payer.union_id}:
        raise ValueError("an erasure puts a pseudonym in the payer's place")
    lines = [replace(line, by=after.owner) if line.by == before.owner else line for line in before.history]
    if list(after.history[:-1]) != lines:
        raise ValueError("an erasure must not rewrite history")
    same = replace(
        before,
        version=before.version + 1,
        owner=after.owner,
        payer=payer,
        parts=before.parts if payer == before.payer else tuple(with_payer(part, payer) for part in before.parts),
        personal=personal,
        history=after.history,
        effects=after.effects,
    )
    if same != after:
        raise ValueError("an erasure must not change what the payment is")


def check_renaming(before: AuditEntry, after: AuditEntry) -> None:
    """Raises ValueError for any change of an entry of the audit chain but a pseudonym in the place of a payer's id."""
    if replace(before, by=after.by) != after:
        raise ValueError("an entry of the chain never changes")
    if before.by.count(":") < 2 or not after.by.rpartition(":")[2].startswith(PSEUDONYM):
        raise ValueError("only a payer's id gives way, to a pseudonym")


def check_acceptance(before: Payment, after: Payment) -> None:
    """Raises ValueError for whatever makes more of a payment that was changed outside Zhenfu than what two people saw of it."""
    if not before.tampered or after.tampered:
        raise ValueError("only a payment that was changed outside Zhenfu is accepted")
    if not after.history or after.history[-1].what != TAMPERING_ACCEPTED:
        raise ValueError("an acceptance says so in the history")
    states = {refund.id: refund.state for refund in before.refunds}
    moved = [r for r in after.refunds if r.state is not states.get(r.id) and r.state is not RefundState.WITHDRAWN]
    same = replace(
        before,
        tampered=False,
        version=before.version + 1,
        refunds=after.refunds,
        effects=after.effects,
        history=after.history,
        audited_lines=after.audited_lines,
    )
    if moved or len(after.refunds) != len(before.refunds) or same != after:
        raise ValueError("an acceptance must not change what the payment is")


def check_day_step(before: ReconciliationDay, after: ReconciliationDay) -> None:
    """Raises Tampered as `check_step`. Raises ValueError for what no step of a reconciliation day may do: what people decided, what was closed
    and what was written into its history stays.
    """
    if before.tampered or after.tampered:
        raise Tampered(before.id)
    if (before.hospital, before.id, before.created_at) != (after.hospital, after.id, after.created_at):
        raise ValueError("a step must not change which day it is")
    if after.version <= before.version:
        raise ValueError("a step must raise the version")
    for name in ("history", "dispositions", "closes"):
        old = getattr(before, name)
        if getattr(after, name)[: len(old)] != old:
            raise ValueError(f"a step must not rewrite {name}")


def check_timetable_step(before: Timetable, after: Timetable) -> None:
    """Raises Tampered as `check_step`, ValueError for another hospital's timetable or a version that does not grow."""
    if before.tampered or after.tampered:
        raise Tampered(before.id)
    if before.hospital != after.hospital:
        raise ValueError("a step must not change whose timetable it is")
    if after.version <= before.version:
        raise ValueError("a step must raise the version")


def check_book_step(before: BankBook, after: BankBook) -> None:
    """Raises Tampered as `check_step`, ValueError for another hospital's book."""
    if before.tampered or after.tampered:
        raise Tampered("bank book")
    if before.hospital != after.hospital:
        raise ValueError("a step must not change whose hospital's book it is")


def check_staff_step(before: Staff, after: Staff) -> None:
    """Raises ValueError for what no change of a member of staff may do."""
    if (before.hospital, before.number) != (after.hospital, after.number):
        raise ValueError("a step must not change who it is")
    if after.version <= before.version:
        raise ValueError("a step must raise the version")
    if after.history[: len(before.history)] != before.history:
        raise ValueError("a step must not rewrite history")


def check_unclaimed_step(before: UnclaimedMoney, after: UnclaimedMoney) -> None:
    """Raises Tampered as `check_step`. Raises ValueError for what no step of unclaimed money may do."""
    if before.tampered or after.tampered:
        raise Tampered(before.id)
    touched = [name for name in UNCLAIMED_NEVER_CHANGES if getattr(before, name) != getattr(after, name)]
    if touched:
        raise ValueError(f"a step must not change {', '.join(touched)}")
    if after.version <= before.version:
        raise ValueError("a step must raise the version")
    if after.history[: len(before.history)] != before.history:
        raise ValueError("a step must not rewrite history")


def check_alert_step(before: Alert, after: Alert) -> None:
    """Raises ValueError for what no change of an alert may do."""
    if (before.hospital, before.id, before.kind) != (after.hospital, after.id, after.kind):
        raise ValueError("a step must not change what it is about")
    if after.version <= before.version:
        raise ValueError("a step must raise the version")
    if after.acts[: len(before.acts)] != before.acts:
        raise ValueError("a step must not rewrite what people did")
