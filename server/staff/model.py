"""员工: who may do what with refunds, and the proof that it is them. Pure; secrets come in as hashes or sealed text.

A member of staff is one document with a version: a proof, and the money it allows on one's own, are spent in one guarded write, so
that no TOTP code works twice and no day's limit is passed by two requests at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from server.core.actors import actor_of, staff_actor
from server.core.days import hospital_day
from server.core.errors import NotAllowed
from server.core.history import HistoryEvent
from server.patients.model import PayerIdentity

SavedViews = tuple[tuple[str, str], ...]
"""(name, search) each."""


class Role(StrEnum):
    CASHIER = "cashier"  # 收费员: asks for refunds
    APPROVER = "approver"  # 审批: agrees to what others ask
    FINANCE = "finance"  # 财务: sees everything, agrees too
    ADMIN = "admin"  # 管理员: staff and limits


class StaffState(StrEnum):
    PROPOSED = "proposed"  # one admin wants to invite them, another has not agreed
    INVITED = "invited"
    ACTIVE = "active"
    LEFT = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundLimits:
    """What goes back on one's word, in fen: what one refunds alone, or agrees to (approver, finance); the day's is both together."""

    per_refund_fen: int
    per_day_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A new role or new limits, proposed by one admin and waiting for another. ``invite``: agreeing makes a code that binds a phone."""

    role: Role
    limits: RefundLimits
    proposed_by: str
    at: datetime
    invite: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """``number`` is the employee number. ``pin`` is a keyed hash and ``totp`` a sealed secret, both empty until set up; ``last_step`` is the
    newest TOTP time step that was used; ``spent_fen`` is what was refunded alone or agreed to on ``spent_on``.
    ``views`` are searches of the console under a name of one's own, each as `payments.rules.search` facts in JSON.
    ``auth_events`` wait for the audit chain; ``audited_auth_events`` says how many of them stand in it already.
    """

    hospital: str
    number: str
    version: int
    name: str
    role: Role
    limits: RefundLimits
    state: StaffState
    identity: PayerIdentity | None = None
    pin: str = ""
    totp: str = ""
    last_step: int = 0
    failures: int = 0
    locked_until: datetime | None = None
    spent_on: date | None = None
    spent_fen: int = 0
    change: Change | None = None
    history: tuple[HistoryEvent, ...] = ()
    audited_lines: int = 0
    auth_events: tuple[HistoryEvent, ...] = ()
    audited_auth_events: int = 0
    views: SavedViews = ()

    @property
    def as_actor(self) -> str:
        """The name under which this person stands in histories, refunds and the audit chain."""
        return staff_actor(self.number)

    @property
    def can_prove(self) -> bool:
        """PIN and TOTP are set up."""
        return bool(self.pin and self.totp)

    def spent_today_fen(self, now: datetime) -> int:
        return self.spent_fen if self.spent_on == hospital_day(now) else 0


def stepped(
    staff: Staff, what: str, by: str, at: datetime, detail: dict[str, str] | None = None, **fields: object
) -> Staff:
    """One version on, with one line of history; every change but a proof ends here."""
    line = HistoryEvent(at=at, what=what, by=by, detail=detail or {})
    return replace(staff, version=staff.version + 1, history=(*staff.history, line), **fields)  # type: ignore[arg-type]


def invited(hospital: str, number: str, name: str, role: Role, limits: RefundLimits, by: str, now: datetime) -> Staff:
    line = HistoryEvent(at=now, what="staff_invited", by=by, detail=_terms(role, limits))
    return Staff(
        hospital=hospital,
        number=number,
        version=1,
        name=name,
        role=role,
        limits=limits,
        state=StaffState.INVITED,
        history=(line,),
    )


def asked_for(hospital: str, number: str, name: str, role: Role, limits: RefundLimits, by: str, now: datetime) -> Staff:
    """Somebody new, whom another admin must want, too: until then no code binds them."""
    line = HistoryEvent(at=now, what="staff_invite_proposed", by=by, detail=_terms(role, limits))
    change = Change(role=role, limits=limits, proposed_by=by, at=now, invite=True)
    new = invited(hospital, number, name, role, limits, by, now)
    return replace(new, state=StaffState.PROPOSED, change=change, history=(line,))


def asked_for_again(staff: Staff, by: str, now: datetime) -> Staff:
    """A new phone. Until another admin agrees the old one stays theirs."""
    change = Change(role=staff.role, limits=staff.limits, proposed_by=by, at=now, invite=True)
    return stepped(staff, "staff_invite_proposed", by, now, detail=_terms(staff.role, staff.limits), change=change)


def bound(staff: Staff, identity: PayerIdentity, now: datetime) -> Staff:
    """The one-time code was said in the chat by ``identity``. PIN and TOTP begin anew."""
    if staff.state is not StaffState.INVITED:
        raise NotAllowed("not invited", user_message="邀请码无效或已使用。")
    return stepped(
        staff,
        "staff_bound",
        staff.as_actor,
        now,
        state=StaffState.ACTIVE,
        identity=identity,
        pin="",
        totp="",
        last_step=0,
    )


def invited_again(staff: Staff, by: str, now: datetime) -> Staff:
    """A new phone, or a forgotten PIN: the old binding ends at once and a new code is due."""
    change = None if staff.change is None or staff.change.invite else staff.change
    detail = _terms(staff.role, staff.limits)
    return stepped(staff, "staff_invited", by, now, detail=detail, change=change, **_UNBOUND)


_UNBOUND: dict[str, object] = {
    "state": StaffState.INVITED, "identity": None, "pin": "", "totp": "", "failures": 0, "locked_until": None,
}  # fmt: skip


def left(staff: Staff, by: str, now: datetime) -> Staff:
    """Cut off at once."""
    if staff.state is StaffState.LEFT:
        return staff
    return stepped(staff, "staff_left", by, now, state=StaffState.LEFT, identity=None, pin="", totp="", change=None)


def secured(staff: Staff, pin: str, totp: str, step: int, now: datetime) -> Staff:
    """PIN and TOTP are set up, the code of ``step`` proved that the authenticator has the secret."""
    if staff.can_prove:
        raise NotAllowed("already set up", user_message="已经设置过，如需重设请联系管理员重新邀请。")
    return stepped(
        staff, "staff_secured", staff.as_actor, now, pin=pin, totp=totp, last_step=step, failures=0, locked_until=None
    )


def proposed(staff: Staff, role: Role, limits: RefundLimits, by: str, now: datetime) -> Staff:
    """One admin proposes; another must agree (`agreed`)."""
    change = Change(role=role, limits=limits, proposed_by=by, at=now, invite=staff.state is StaffState.PROPOSED)
    return stepped(staff, "staff_change_proposed", by, now, detail=_terms(role, limits), change=change)


def agreed(staff: Staff, by: str, now: datetime) -> Staff:
    if staff.change is None:
        raise NotAllowed("no change", user_message="没有待确认的变更。")
    if actor_of(staff.change.proposed_by) == actor_of(by):
        raise NotAllowed("own change", user_message="不能确认自己提出的变更，请另一位管理员确认。")
    if actor_of(by) == actor_of(staff.as_actor):
        raise NotAllowed("change of oneself", user_message="不能确认对自己的变更。")
    change = staff.change
    what, fields = ("staff_invited", _UNBOUND) if change.invite else ("staff_changed", {})
    detail = {**_terms(change.role, change.limits), "proposed_by": change.proposed_by}
    return stepped(staff, what, by, now, detail=detail, role=change.role, limits=change.limits, change=None, **fields)


def _terms(role: Role, limits: RefundLimits) -> dict[str, str]:
    return {"role": str(role), "per_refund_fen": str(limits.per_refund_fen), "per_day_fen": str(limits.per_day_fen)}
