"""What the first page shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from server.needs.model import Home, Member, Place, ShownNeed, Urgency
from server.needs.texts import EVERYBODY, NOTHING_NEEDED, missing

LOOKS: Mapping[Urgency, str] = {
    Urgency.NOW: "warn",
    Urgency.FIRST: "info",
    Urgency.TO_DO: "info",
    Urgency.NEWS: "success",
}


def home_page(base: str, home: Home, places: Sequence[Place]) -> dict[str, object]:
    """``members`` is empty where there is nobody to choose from."""
    return {
        "members": _members(base, home) if len(home.members) > 1 else [],
        "needs": [_need(base, one) for one in home.needs],
        "nothing": NOTHING_NEEDED if home.is_nothing_needed else "",
        "not_whole": missing(home),
        "has_nobody": not home.members,
        "places": [{"url": f"{base}/{place.page}", "text": place.title} for place in places],
    }


def _members(base: str, home: Home) -> list[dict[str, object]]:
    everybody: list[dict[str, object]] = [{"url": f"{base}/", "text": EVERYBODY, "is_here": home.chosen is None}]
    return everybody + [
        {"url": f"{base}/?member={member.key}", "text": who(member), "is_here": member == home.chosen}
        for member in home.members
    ]


def who(member: Member) -> str:
    """Masked names of siblings may be the same, their cards are not."""
    return f"{member.name_masked} 就诊卡 {member.card_masked}"


def _need(base: str, one: ShownNeed) -> dict[str, str]:
    return {
        "url": f"{base}/{one.need.page}",
        "title": one.need.title,
        "text": one.need.text,
        "who": who(one.member) if one.member is not None else "",
        "look": LOOKS[one.need.urgency],
    }
