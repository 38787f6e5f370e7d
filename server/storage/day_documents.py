"""Reconciliation days as text: one JSON object, the same for both twins' eyes; a MAC stands over it in the database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from server.core.history import HistoryEvent
from server.reconciliation.day_model import (
    DayClose,
    DayLeg,
    DayState,
    Disposition,
    DispositionAct,
    LegAnswer,
    ReconciliationDay,
)
from server.reconciliation.model import Balance, Leg, Sums
from server.storage.effect_texts import effect_from_facts
from server.storage.json_text import json_text

SCHEMA = 3
"""2: a decision has ``sends``; without it, as every decision of before, it is a record only. 3: a close has ``absent``; before, it names none."""


def day_to_text(day: ReconciliationDay) -> str:
    """All of the day but ``tampered``."""
    told = {
        "schema": SCHEMA,
        "hospital": day.hospital,
        "channel": day.channel,
        "day": day.day,
        "version": day.version,
        "state": day.state,
        "created_at": day.created_at,
        "legs": [asdict(leg) for leg in day.legs],
        "result": day.result,
        "dispositions": [asdict(each) for each in day.dispositions],
        "closes": [asdict(each) for each in day.closes],
        "effects": [asdict(each) for each in day.effects],
        "history": [
            {"at": line.at, "what": line.what, "by": line.by, "detail": dict(line.detail)} for line in day.history
        ],
        "audited_lines": day.audited_lines,
    }
    return json_text(told)


def day_from_text(text: str) -> ReconciliationDay:
    """Raises whatever is wrong with a text that `day_to_text` did not make."""
    told = json.loads(text)
    return ReconciliationDay(
        hospital=told["hospital"],
        channel=told["channel"],
        day=date.fromisoformat(told["day"]),
        version=told["version"],
        state=DayState(told["state"]),
        created_at=datetime.fromisoformat(told["created_at"]),
        legs=tuple(_leg(each) for each in told["legs"]),
        result=told["result"],
        dispositions=tuple(_disposition(each) for each in told["dispositions"]),
        closes=tuple(_close(each) for each in told["closes"]),
        effects=tuple(effect_from_facts(each) for each in told["effects"]),
        history=tuple(_line(each) for each in told["history"]),
        audited_lines=told["audited_lines"],
    )


def _leg(told: Mapping[str, Any]) -> DayLeg:
    return DayLeg(
        **{
            **told,
            "leg": Leg(told["leg"]),
            "answer": LegAnswer(told["answer"]),
            "at": datetime.fromisoformat(told["at"]),
            "sums": Sums(**told["sums"]) if told["sums"] else None,
            "balance": Balance(**told["balance"]) if told["balance"] else None,
        }
    )


def _disposition(told: Mapping[str, Any]) -> Disposition:
    return Disposition(**{**told, "act": DispositionAct(told["act"]), "at": datetime.fromisoformat(told["at"])})


def _close(told: Mapping[str, Any]) -> DayClose:
    return DayClose(
        **{
            **told,
            "at": datetime.fromisoformat(told["at"]),
            "missing": tuple(Leg(leg) for leg in told["missing"]),
            "absent": tuple(Leg(leg) for leg in told.get("absent", ())),
            "balance": Balance(**told["balance"]) if told["balance"] else None,
        }
    )


def _line(told: Mapping[str, Any]) -> HistoryEvent:
    detail = MappingProxyType(dict(told["detail"]))
    return HistoryEvent(at=datetime.fromisoformat(told["at"]), what=told["what"], by=told["by"], detail=detail)
