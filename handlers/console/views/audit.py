"""Entries of the audit chain in people's words."""

from __future__ import annotations

from collections.abc import Callable, Collection
from urllib.parse import urlencode

from handlers.base.display import clock_time, yuan
from handlers.console.views.actors import CHANNELS, by_whom, channel_name
from handlers.console.views.money import money_url
from handlers.console.views.search_form import STANDINGS
from handlers.console.views.telling_words import TELLINGS, WHY_LOST
from handlers.console.views.words import (
    ALERT_ACTS,
    ASKED_FOR,
    AUDITED,
    CLOSE_REASONS,
    DOORS,
    ENDING_ACTS,
    FOUND_BY,
    LISTS,
    PAYMENT_EVENTS,
    PROOF_WRONG,
    ROLES,
    STAFF_EVENTS,
    UNCLAIMED_ACTS,
    UNCLAIMED_EVENTS,
)
from server.alerts.model import ALERT
from server.alerts.texts import ALERTS
from server.audit.model import DAY, SHOWN_CHARS, AuditEntry
from server.audit.rules import AuditSearch
from server.audit.sources import AuditReport
from server.console.audit_room import FoundEntries
from server.console.rules import Room
from server.payments.refund_model import short_number
from server.payments.rules.audit_events import PAYMENT
from server.payments.rules.unclaimed_returns import UNCLAIMED
from server.reconciliation.day_model import RECONCILIATION
from server.reconciliation.texts import DISPOSITIONS
from server.staff.model import Role
from server.staff.rules.auth_events import AUTH_EVENT, STAFF

HEADS_SHOWN = 7

_WHYS = {str(reason): words for reason, words in CLOSE_REASONS.items()} | WHY_LOST
_WHAT = {**PAYMENT_EVENTS, **STAFF_EVENTS, **TELLINGS, **AUDITED, **ALERT_ACTS, **UNCLAIMED_EVENTS}


KINDS = {
    PAYMENT: "支付与退费",
    UNCLAIMED: "待认领的钱",
    STAFF: "员工",
    AUTH_EVENT: "登录与查看",
    ALERT: "告警",
    RECONCILIATION: "对账",
    DAY: "封存",
}


def audit_page(found: FoundEntries, search: AuditSearch, rooms: Collection[Room]) -> dict[str, object]:
    """The lines that fit ``search``, the form with what was asked, and the way to older ones. What a line is about has a link where it
    stands in one of ``rooms``, those that whoever reads may enter.
    """
    asked = {
        "person": search.person,
        "about": search.about,
        "kind": search.kind,
        "since": search.since.isoformat() if search.since else "",
        "until": search.until.isoformat() if search.until else "",
    }
    query = {name: text for name, text in asked.items() if text}
    more = f"/console/audit?{urlencode({**query, 'before': found.next_before})}" if found.next_before else ""
    return {
        "lines": [_line(entry, rooms) for entry in found.entries],
        "more": more,
        "asked": asked,
        "is_search": bool(query),
        "kinds": [{"key": key, "text": text, "here": key == search.kind} for key, text in KINDS.items()],
    }


def _line(entry: AuditEntry, rooms: Collection[Room]) -> dict[str, str]:
    kind, whose, _ = entry.source
    return {
        "number": str(entry.number),
        "time": clock_time(entry.at),
        "who": by_whom(entry.by, entry.detail.get("door", "")),
        "what": _WHAT.get(entry.what, entry.what),
        "about": _about(kind, whose),
        "url": _url(kind, whose, rooms),
        "detail": _detail(entry),
        "mac": entry.mac[:SHOWN_CHARS],
    }


def _about(kind: str, whose: str) -> str:
    if kind == RECONCILIATION:
        channel, _, day = whose.partition("-")
        return f"{channel_name(channel)} {day}"
    return f"工号{whose}" if kind in {STAFF, AUTH_EVENT} else whose


def _url(kind: str, whose: str, rooms: Collection[Room]) -> str:
    if kind == UNCLAIMED and Room.MONEY in rooms:
        return money_url(whose)
    if kind == RECONCILIATION and Room.DAYS in rooms:
        return f"/console/reconciliation/{whose}"
    return f"/console/payments/{whose}" if kind == PAYMENT and Room.PAYMENTS in rooms else ""


def _filters_text(text: str) -> str:
    """What `payments.rules.search.filters_text` wrote down, in people's words: days, channel, state, fen."""
    names = {**CHANNELS, **{str(standing): words for standing, words in STANDINGS.items()}}
    return "，".join(names.get(part) or _range_text(part) for part in text.split(" "))


def _range_text(text: str) -> str:
    """``2026-11-01/2026-11-30`` and ``100-2000``, either end of which may be open."""
    is_days = "/" in text
    first, _, last = text.partition("/" if is_days else "-")
    if not is_days:
        first, last = (yuan(int(end)) if end.isdigit() else end for end in (first, last))
    if first == last:
        return first
    return f"{first}到{last}" if first and last else f"{first}起" if first else f"到{last}"


def act_words(kind: str) -> dict[str, str]:
    """What people decide about things of this ``kind``: the same key may mean another act elsewhere."""
    acts = UNCLAIMED_ACTS if kind == UNCLAIMED else ENDING_ACTS if kind == PAYMENT else DISPOSITIONS
    return {str(act): words for act, words in acts.items()}


def _detail(entry: AuditEntry) -> str:
    known: dict[str, Callable[[str], str]] = {
        "refund": short_number,
        "amount_fen": lambda text: yuan(int(text)),
        "door": lambda text: DOORS.get(text, text),
        "role": lambda text: ROLES[Role(text)],
        "per_refund_fen": lambda text: f"单笔{yuan(int(text))}",
        "per_day_fen": lambda text: f"当日{yuan(int(text))}",
        "proposed_by": lambda text: f"{by_whom(text)}提出",
        "other": lambda text: f"工号{text}",
        "by": lambda text: FOUND_BY.get(text, text),
        "filters": _filters_text,
        "found": lambda text: f"找到{text}笔",
        "act": lambda text: act_words(entry.source[0]).get(text, text),
        "list": _list_text,
        "asked": lambda text: ASKED_FOR.get(text, text),
        "wrong": lambda text: PROOF_WRONG.get(text, text),
        "code": str,
        "kind": lambda text: ALERTS.get(text, text),
        "why": lambda text: _WHYS.get(text, ""),
        "day": str,
        "last": lambda text: f"到第{text}条",
    }
    return "，".join(say(entry.detail[name]) for name, say in known.items() if entry.detail.get(name))


def check_result(report: AuditReport | None) -> dict[str, object]:
    """``problems`` are the check's own sentences, of codes and numbers, for whoever looks into it."""
    if report is None:
        return {
            "title": "记录太多，网页上来不及校验。请信息科在服务器上运行 run.py audit verify。",
            "bad": True,
            "facts": [],
            "problems": [],
        }
    heads = [{"label": day.isoformat(), "value": _grouped(mac)} for day, mac in sorted(report.heads.items())][
        -HEADS_SHOWN:
    ]
    if report.problems:
        title = f"发现{len(report.problems)}处不一致，请按操作手册处理"
        return {"title": title, "bad": True, "facts": heads, "problems": report.problems}
    return {"title": f"校验通过，共{report.entries}条", "bad": False, "facts": heads, "problems": []}


def _grouped(mac: str) -> str:
    """As finance were told it."""
    return " ".join(mac[at : at + 4] for at in range(0, SHOWN_CHARS, 4))


def _list_text(text: str) -> str:
    """A list by its name; a day's payments; the registers of some days."""
    if "/" in text:
        return f"{text.replace('/', '至')}的登记与统计"
    return LISTS.get(text, f"{text}的支付")
