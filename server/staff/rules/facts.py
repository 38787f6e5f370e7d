"""What is known of who a member of staff is as a human being: facts that are kept from the moment they are known and never end. Pure.

A fact is its kind and a keyed hash. Facts outlive the card, the binding and the employment from which they came, because the person
whom they tell of can end each of these. Employee numbers that share a fact that is `SURE` are one person. Sharing only a name or a
phone, they count as one person until another admin says that they are two (docs/decisions/0028).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from server.core.actors import staff_number
from server.core.errors import NotAllowed
from server.patients.rules import ACCOUNT, SELF
from server.staff.model import Staff

IDENTITY = "identity:"
CARD = "card:"
NAME = "name:"
PHONE = "phone:"
SURE = (IDENTITY, ACCOUNT, SELF, CARD)
DOUBTFUL = (NAME, PHONE)
TOLD_APART = "staff_told_apart"


@dataclass(frozen=True, slots=True)
class Circle:
    """The employee numbers of one human being: ``sure`` has the number itself in it, ``doubtful`` share a name or a phone with it and
    nobody has said that they are others. ``facts`` are all of the sure ones'.
    """

    sure: frozenset[str]
    doubtful: frozenset[str]
    facts: frozenset[str]


def of_kinds(facts: Iterable[str], kinds: tuple[str, ...]) -> frozenset[str]:
    return frozenset(fact for fact in facts if fact.startswith(kinds))


def said_to_differ(one: Staff, other: Staff, shared: Collection[str]) -> bool:
    """Has an admin said that these two are two people, knowing all that they share (kinds of `DOUBTFUL`)? A later fact needs a new word."""
    said = [
        set(line.detail.get("shared", "").split())
        for mine, theirs in ((one, other), (other, one))
        for line in mine.history
        if line.what == TOLD_APART and line.detail.get("other") == theirs.number
    ]
    return any({kind.rstrip(":") for kind in shared} <= kinds for kinds in said)


def must_be_another_admin(admin: Staff, circle: Circle, *about: Staff) -> None:
    """Who says that ``about`` are two people is neither of them and has invited neither. Raises NotAllowed."""
    if any(one.number in circle.sure for one in about):
        raise NotAllowed("about oneself", user_message="不能确认与本人有关的员工，请另一位管理员确认。")
    if any(_inviter(one) in circle.sure for one in about):
        raise NotAllowed("own invitation", user_message="这位员工是您邀请的，请另一位管理员确认。")


def _inviter(staff: Staff) -> str:
    """The number of the admin who wanted this person here last; empty for the command line."""
    lines = [line for line in staff.history if line.what in {"staff_invite_proposed", "staff_invited"}]
    last = lines[-1] if lines else None
    return staff_number(last.detail.get("proposed_by", last.by)) if last is not None else ""
