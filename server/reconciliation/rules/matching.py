"""Matching the legs of a day: part after part, so that memory is bounded by the largest part, in time linear in the rows. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from server.reconciliation.model import Carried, Leg, MatchResult, Sums
from server.reconciliation.rules.comparing import Lines, agreed_and_odd, groups_of
from server.reconciliation.rules.concluding import Found, conclude
from server.reconciliation.rules.judging import Bounds

Part = Mapping[Leg, Lines]


def match(
    day: date,
    parts: Iterable[Part],
    legs: Collection[Leg],
    bounds: Bounds,
    *,
    earlier: Sequence[Carried] = (),
    sums: Mapping[Leg, Sums] | None = None,
) -> MatchResult:
    """What the rows of ``day`` come to.

    A key's rows of all legs stand in one of ``parts``; in each part stands, for every leg that takes part in it, what that leg has there
    (nothing is an empty sequence; a leg that is absent from a part is not asked there). ``legs`` are those that the day has.
    """
    found = Found()
    carried = {each.key.encode() for each in earlier}
    for part in parts:
        agreed, keys = agreed_and_odd(part, carried)
        found.agreed += agreed
        found.groups.update(groups_of(part, keys))
    return conclude(day, legs, bounds, found, earlier, sums or {})
