"""What the person needs now: the first page of the mini-program."""

from __future__ import annotations

from handlers.api import need_models as models
from handlers.api.door import ApiHandler
from handlers.api.operation import Operation, operation
from server.needs.model import Member, ShownNeed
from server.needs.texts import NOTHING_NEEDED, missing

SUMMARY = "What I need now, the most urgent first"


def _member(member: Member) -> models.MemberTold:
    return models.MemberTold(
        card_key=member.key,
        name_masked=member.name_masked,
        card_masked=member.card_masked,
        bound=member.is_bound,
        relation=member.relation,
    )


def _need(one: ShownNeed) -> models.NeedTold:
    return models.NeedTold(
        title=one.need.title,
        text=one.need.text,
        page=one.need.page,
        urgency=models.URGENCIES[one.need.urgency],
        at=one.need.at,
        member=_member(one.member) if one.member is not None else None,
    )


class HomeHandler(ApiHandler):
    @operation(Operation(summary=SUMMARY, answer=models.HomeTold))
    async def get(self, asked: None) -> models.HomeTold:
        """The needs of all members, or of the one whose card is named; for a card that is not theirs, the needs of all."""
        home = await self.services.needs.home(self.session, self.path_kwargs.get("card_key") or "")
        nothing = NOTHING_NEEDED if home.is_nothing_needed else ""
        return models.HomeTold(
            members=[_member(member) for member in home.members],
            chosen=home.chosen.key if home.chosen is not None else None,
            needs=[_need(one) for one in home.needs],
            note=missing(home) or nothing,
            places=[
                models.PlaceTold(title=place.title, page=place.page)
                for place in self.services.needs.places(self.hospital.id)
            ],
        )
