"""What the first page shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from handlers.patient.views.members import member_lines, who
from server.needs.model import Home, Member, Place, ShownNeed, Urgency
from server.needs.texts import NOTHING_NEEDED, missing

LOOKS: Mapping[Urgency, str] = {
    Urgency.NOW: "warn",
    Urgency.FIRST: "info",
    Urgency.TO_DO: "info",
    Urgency.NEWS: "success",
}


def home_page(base: str, home: Home, places: Sequence[Place]) -> dict[str, object]:
    """``members`` is empty where there is nobody to choose from."""
    return {
        "members": _members(base, home),
        "needs": [_need(base, one) for one in home.needs],
        "nothing": NOTHING_NEEDED if home.is_nothing_needed else "",
        "not_whole": missing(home),
        "has_nobody": not home.members,
        "places": [{"url": f"{base}/{place.page}", "text": place.title} for place in places],
    }


def _members(base: str, home: Home) -> list[dict[str, object]]:
    named = [(member.key, _who(member)) for member in home.members]
    return member_lines(f"{base}/", named, home.chosen.key if home.chosen is not None else "")


def _who(member: Member) -> str:
    return who(member.name_masked, member.card_masked, member.relation)


def _need(base: str, one: ShownNeed) -> dict[str, str]:
    return {
        "url": f"{base}/{one.need.page}",
        "title": one.need.title,
        "text": one.need.text,
        "who": _who(one.member) if one.member is not None else "",
        "look": LOOKS[one.need.urgency],
    }
