"""Entries of the audit chain in people's words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from handlers.display import clock_time, yuan
from handlers.views.console.words import AUDITED, DOORS, HAPPENINGS, ROLES, STAFF_HAPPENINGS, TELLINGS, by_whom
from server.domain.audit import PAYMENT, SHOWN_CHARS, AuditEntry
from server.domain.staff import Role

_WHAT = {**HAPPENINGS, **STAFF_HAPPENINGS, **TELLINGS, **AUDITED}


def audit_page(entries: Sequence[AuditEntry], page_size: int) -> dict[str, object]:
    more = f"/console/audit?before={entries[-1].number}" if len(entries) >= page_size else ""
    return {"lines": [_line(entry) for entry in entries], "more": more}


def _line(entry: AuditEntry) -> dict[str, str]:
    kind, whose, _ = entry.source
    return {
        "number": str(entry.number),
        "time": clock_time(entry.at),
        "who": by_whom(entry.by),
        "what": _WHAT.get(entry.what, entry.what),
        "about": whose if kind == PAYMENT else f"工号{whose}" if kind == "staff" else whose,
        "url": f"/console/payments/{whose}" if kind == PAYMENT else "",
        "detail": _detail(entry),
        "mac": entry.mac[:SHOWN_CHARS],
    }


def _detail(entry: AuditEntry) -> str:
    known: dict[str, Callable[[str], str]] = {
        "refund": lambda text: text[-3:],
        "amount_fen": lambda text: yuan(int(text)),
        "door": lambda text: DOORS.get(text, text),
        "role": lambda text: ROLES[Role(text)],
        "per_refund_fen": lambda text: f"单笔{yuan(int(text))}",
        "per_day_fen": lambda text: f"当日{yuan(int(text))}",
        "proposed_by": lambda text: f"工号{text}提出",
        "code": str,
        "day": str,
        "last": lambda text: f"到第{text}条",
    }
    return "，".join(say(entry.detail[name]) for name, say in known.items() if entry.detail.get(name))
