"""The calculation of a discharge as its payment keeps it, whole: text of the purpose's own (`Subject.facts`), which names nobody."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from server.inpatient.model import KindSum, Presettlement
from server.refunds.model import LotOrder
from server.refunds.rules.allocation import Allocation, Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """``stay_count``: which stay under the admission's number it is."""

    stay_count: int
    presettlement: Presettlement
    allocation: Allocation


def facts_of(plan: Plan) -> str:
    return json.dumps(asdict(plan), ensure_ascii=False, separators=(",", ":"), default=datetime.isoformat)


def plan_of(facts: str) -> Plan:
    """The opposite of `facts_of`. Raises ValueError, KeyError or TypeError for anything else."""
    told = json.loads(facts)
    asked, given = told["presettlement"], told["allocation"]
    kinds = tuple(KindSum(**kind) for kind in asked.pop("kinds"))
    return Plan(
        stay_count=told["stay_count"],
        presettlement=Presettlement(**{**asked, "order": LotOrder(asked["order"])}, kinds=kinds),
        allocation=Allocation(
            returns=tuple(map(_share, given["returns"])),
            window=tuple(map(_share, given["window"])),
            unplaced_fen=given["unplaced_fen"],
        ),
    )


def _share(told: Mapping[str, Any]) -> Share:
    return Share(**{**told, "paid_at": datetime.fromisoformat(told["paid_at"])})
