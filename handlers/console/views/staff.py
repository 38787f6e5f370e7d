"""Staff and limits as admins see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from handlers.base.display import day_and_time, yuan
from handlers.console.views.actors import by_whom
from handlers.console.views.forms import yuan_field
from handlers.console.views.payment import labelled
from handlers.console.views.words import ROLES, STAFF_EVENTS, STAFF_STATES
from server.console.staff_room import Alike
from server.core.history import HistoryEvent
from server.staff.model import RefundLimits, Role, Staff, StaffState
from server.staff.rules.facts import NAME, PHONE

HISTORY_SHOWN_MAX = 50
_SHARED = {NAME: "姓名", PHONE: "手机号"}


def staff_list(everybody: Iterable[Staff]) -> dict[str, object]:
    """The staff; people who left stand last."""
    ordered = sorted(everybody, key=lambda one: (one.state is StaffState.LEFT, one.number))
    return {
        "lines": [
            {
                "url": f"/console/staff/employee/{one.number}",
                "number": one.number,
                "name": one.name,
                "role": ROLES[one.role],
                "per_refund": yuan(one.limits.per_refund_fen),
                "per_day": yuan(one.limits.per_day_fen),
                "state": _state(one),
                "change": "待另一位管理员确认" if one.change is not None else "",
            }
            for one in ordered
        ]
    }


def _state(one: Staff) -> str:
    if one.state is StaffState.ACTIVE and not one.can_prove:
        return "已绑定，待设置PIN"
    return STAFF_STATES[one.state]


def invite_form(fields: Mapping[str, str]) -> dict[str, object]:
    filled = {key: fields.get(key, "") for key in ("number", "name", "per_refund", "per_day")}
    return {**filled, "roles": _roles(fields.get("role", ""))}


def _roles(chosen: str) -> list[dict[str, object]]:
    return [{"key": str(role), "text": text, "here": role == chosen} for role, text in ROLES.items()]


def employee_page(one: Staff, actor: Staff, alike: Sequence[Alike]) -> dict[str, object]:
    gone = one.state is StaffState.LEFT
    return {
        "title": f"{one.name}（工号{one.number}）",
        "own_url": f"/console/staff/employee/{one.number}",
        "facts": labelled(
            (
                ("状态", _state(one)),
                ("岗位", ROLES[one.role]),
                ("单笔限额", yuan(one.limits.per_refund_fen)),
                ("当日限额", yuan(one.limits.per_day_fen)),
                ("锁定到", day_and_time(one.locked_until) if one.locked_until else ""),
            )
        ),
        "change": _change(one, actor),
        "alike": [
            {
                "number": other.staff.number,
                "url": f"/console/staff/employee/{other.staff.number}",
                "text": "同一人" if other.sure else f"{'、'.join(_SHARED[kind] for kind in other.shared)}相同",
                "ask": not other.sure,
            }
            for other in alike
        ],
        "can_change": not gone,
        "invite_url": f"/console/staff/invite?number={one.number}" if one.number != actor.number else "",
        "roles": _roles(one.role),
        "per_refund": yuan_field(one.limits.per_refund_fen),
        "per_day": yuan_field(one.limits.per_day_fen),
        "history": [_event(line) for line in reversed(one.history[-HISTORY_SHOWN_MAX:])],
    }


def _change(one: Staff, actor: Staff) -> dict[str, object] | None:
    """What waits for a second admin. ``may`` is a kindness of the page; the rule is in the service."""
    if one.change is None:
        return None
    limits, role = one.change.limits, one.change.role
    return {
        "text": _terms(role, limits),
        "invite": one.change.invite,
        "by": f"{by_whom(one.change.proposed_by)}，{day_and_time(one.change.at)}",
        "role": str(role),
        "per_refund": yuan_field(limits.per_refund_fen),
        "per_day": yuan_field(limits.per_day_fen),
        "may": actor.as_actor != one.change.proposed_by and actor.number != one.number,
    }


def _terms(role: Role, limits: RefundLimits) -> str:
    return f"{ROLES[role]}，单笔 {yuan(limits.per_refund_fen)}，当日 {yuan(limits.per_day_fen)}"


def _event(line: HistoryEvent) -> dict[str, str]:
    text, detail = STAFF_EVENTS.get(line.what, line.what), line.detail
    if "role" in detail:
        limits = RefundLimits(per_refund_fen=int(detail["per_refund_fen"]), per_day_fen=int(detail["per_day_fen"]))
        text = f"{text}：{_terms(Role(detail['role']), limits)}"
    return {"time": day_and_time(line.at), "text": text, "by": by_whom(line.by, line.detail.get("door", ""))}
