"""What the API answers about the first page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from handlers.api.models import Moment, Told
from server.needs.model import Urgency
from server.patients.relations import Relation

UrgencyTold = Literal["now", "first", "to_do", "news"]
URGENCIES: Mapping[Urgency, UrgencyTold] = {
    Urgency.NOW: "now",
    Urgency.FIRST: "first",
    Urgency.TO_DO: "to_do",
    Urgency.NEWS: "news",
}


class MemberTold(Told):
    """One patient of this person: of a bound card, or (``bound`` is false) of a bill that was scanned. ``relation``: as of a card."""

    card_key: str
    name_masked: str
    card_masked: str
    bound: bool
    relation: Relation | None


class NeedTold(Told):
    """``page`` is where it is done, below the hospital's H5 pages: ``bills``, ``bills/{bill_no}``, ``payments/{out_trade_no}`` … A client
    without such a page shows the need without a way. ``member``: whose it is; null for what the person paid for somebody else.
    """

    title: str
    text: str
    page: str
    urgency: UrgencyTold
    at: Moment
    member: MemberTold | None


class PlaceTold(Told):
    """A way on: what stands on it, and its page as in NeedTold."""

    title: str
    page: str


class HomeTold(Told):
    """``needs``: the most urgent first, nothing twice. ``chosen``: the card_key of the one member that is shown, null for all. ``note``: that
    nothing is needed, or that something could not be known now; else empty. ``places``: where else the person may go at this hospital.
    """

    members: list[MemberTold]
    chosen: str | None
    needs: list[NeedTold]
    note: str
    places: list[PlaceTold]
