"""Differences of several days in one list: how each stands, and which of them a search is about. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from server.reconciliation.day_model import ReconciliationDay
from server.reconciliation.model import Category, Discrepancy, Leg
from server.reconciliation.rules.days import undecided_of
from server.reconciliation.rules.result_text import result_from_text


class Standing(StrEnum):
    OPEN = "open"  # nobody has decided
    WAITING = "waiting"  # for another person to agree
    DECIDED = "decided"
    CARRIED = "carried"  # it waits for another day's files and does not count yet


def standings(day: ReconciliationDay) -> list[tuple[Discrepancy, Standing]]:
    """Every discrepancy of the day's last run, with how it stands."""
    if not day.result:
        return []
    result = result_from_text(day.result)
    not_decided = {each.id for each in undecided_of(day, result)}
    return [(each, _standing(day, each, each.id in not_decided)) for each in result.discrepancies]


def _standing(day: ReconciliationDay, found: Discrepancy, is_undecided: bool) -> Standing:
    if not found.counts:
        return Standing.CARRIED
    if not is_undecided:
        return Standing.DECIDED
    last = day.disposition(found.id)
    waits = last is not None and not last.holds and last.difference_fen == found.difference_fen
    return Standing.WAITING if waits else Standing.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceSearch:
    """``leg`` is a side that has the row; amounts are of the difference, without its sign, in fen. None, or an empty text: any."""

    since: date
    until: date
    channel: str = ""
    leg: Leg | None = None
    category: Category | None = None
    standing: Standing | None = Standing.OPEN
    least_fen: int | None = None
    most_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    day: ReconciliationDay
    found: Discrepancy
    standing: Standing


def listed(days: Iterable[ReconciliationDay], search: DifferenceSearch) -> tuple[Listed, ...]:
    """The oldest day first; of one day by channel, as its own page has them."""
    wanted = (day for day in days if search.since <= day.day <= search.until and search.channel in ("", day.channel))
    ordered = sorted(wanted, key=lambda day: (day.day, day.channel))
    return tuple(
        Listed(day, found, standing)
        for day in ordered
        for found, standing in standings(day)
        if search.standing in (None, standing) and _fits(found, search)
    )


def _fits(found: Discrepancy, search: DifferenceSearch) -> bool:
    fen = abs(found.difference_fen)
    return (
        search.category in (None, found.category)
        and (search.leg is None or any(row.leg is search.leg for row in found.rows))
        and (search.least_fen is None or fen >= search.least_fen)
        and (search.most_fen is None or fen <= search.most_fen)
    )


def as_facts(search: DifferenceSearch) -> dict[str, Any]:
    """What is kept of a search: its days are of one day, so how many it spans."""
    return {
        "days": (search.until - search.since).days + 1, "channel": search.channel, "leg": search.leg,
        "category": search.category, "standing": search.standing, "least_fen": search.least_fen, "most_fen": search.most_fen,
    }  # fmt: skip


def from_facts(facts: Mapping[str, Any], since: date, until: date) -> DifferenceSearch:
    return DifferenceSearch(
        since=since,
        until=until,
        channel=facts["channel"],
        leg=Leg(facts["leg"]) if facts["leg"] else None,
        category=Category(facts["category"]) if facts["category"] else None,
        standing=Standing(facts["standing"]) if facts["standing"] else None,
        least_fen=facts["least_fen"],
        most_fen=facts["most_fen"],
    )
