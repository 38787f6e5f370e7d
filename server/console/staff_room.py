"""Staff and limits from the console: only admins, each act with PIN and TOTP. What the acts mean is `staff/service`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from server.console.rules import Room, must_enter
from server.core.actors import staff_number
from server.core.errors import BadInput, NotAllowed
from server.staff.facts import StaffFacts
from server.staff.model import RefundLimits, Role, Staff
from server.staff.proofs import Proof
from server.staff.rules.auth_events import Asked
from server.staff.rules.facts import must_be_another_admin
from server.staff.service import StaffService

NUMBER = re.compile(r"(?=.*[0-9])[0-9A-Za-z]{1,20}")  # a digit: never "operator" or "system", who act too
NAME_CHARS_MAX = 30
LIMIT_FEN_MAX = 100_000_000


@dataclass(frozen=True, slots=True)
class Alike:
    """Somebody who is the same person as another, ``sure``ly, or shares these kinds of `staff.rules.facts` with them."""

    staff: Staff
    sure: bool
    shared: tuple[str, ...]


class StaffOffice:
    def __init__(self, staff: StaffService, facts: StaffFacts) -> None:
        self._staff = staff
        self._facts = facts

    async def everybody(self, actor: Staff) -> tuple[Staff, ...]:
        must_enter(actor, Room.STAFF)
        return await self._staff.everybody(actor.hospital)

    async def one(self, actor: Staff, number: str) -> Staff:
        must_enter(actor, Room.STAFF)
        return await self._staff.get(actor.hospital, number)

    async def invite(
        self, actor: Staff, proof: Proof, number: str, name: str, role: Role, limits: RefundLimits
    ) -> None:
        """A proposal: another admin must agree, and gets the one-time code (`agree`). Raises BadInput for a form that makes no sense."""
        must_enter(actor, Room.STAFF)
        must_be_invitable(number, name, limits)
        if number == actor.number:
            raise NotAllowed("oneself", user_message="不能邀请自己，请由另一位管理员操作。")
        await self._staff.prove(actor, proof, Asked.STAFF)
        hospital = actor.hospital
        await self._staff.invite(hospital, number, name.strip(), role, limits, actor.as_actor, alone=False)

    async def leave(self, actor: Staff, proof: Proof, number: str) -> Staff:
        must_enter(actor, Room.STAFF)
        await self._staff.get(actor.hospital, number)
        await self._staff.prove(actor, proof, Asked.STAFF)
        return await self._staff.leave(actor.hospital, number, actor.as_actor)

    async def propose(self, actor: Staff, proof: Proof, number: str, role: Role, limits: RefundLimits) -> Staff:
        must_enter(actor, Room.STAFF)
        _must_make_sense(limits)
        await self._staff.get(actor.hospital, number)
        await self._staff.prove(actor, proof, Asked.STAFF)
        return await self._staff.propose(actor.hospital, number, role, limits, actor.as_actor)

    async def agree(
        self, actor: Staff, proof: Proof, number: str, terms: tuple[Role, RefundLimits], *, invite: bool
    ) -> tuple[Staff, str]:
        """``terms`` and ``invite`` are those that the page showed: another proposal meanwhile is not agreed to unseen. The code of an
        invitation comes with it.
        """
        must_enter(actor, Room.STAFF)
        staff = await self._staff.get(actor.hospital, number)
        change = staff.change
        if change is None or (change.role, change.limits, change.invite) != (*terms, invite):
            raise NotAllowed("other terms", user_message="待确认的变更已经不同，请重新查看。")
        circle = await self._facts.circle(actor)
        proposer = staff_number(change.proposed_by)
        if proposer in circle.sure or number in circle.sure:
            raise NotAllowed("own change", user_message="需要另一位管理员确认。")
        if proposer in circle.doubtful:
            raise NotAllowed("perhaps own change", user_message="您与提出人姓名或手机号相同，请其他管理员确认。")
        await self._staff.prove(actor, proof, Asked.STAFF)
        return await self._staff.agree(actor.hospital, number, actor.as_actor)

    async def alike(self, actor: Staff, number: str) -> tuple[Alike, ...]:
        """Other employee numbers that are the same person's, or may be, by number."""
        one = await self.one(actor, number)
        circle = await self._facts.circle(one)
        found = []
        for other in sorted((circle.sure | circle.doubtful) - {number}):
            shared = await self._facts.shared(one, other)
            found.append(Alike(await self._staff.get(actor.hospital, other), other in circle.sure, shared))
        return tuple(found)

    async def tell_apart(self, actor: Staff, proof: Proof, number: str, other: str) -> Staff:
        """An admin's word that two numbers with the same name or phone are two people: an admin who is neither and invited neither."""
        one = await self.one(actor, number)
        alike = next((two for two in await self.alike(actor, number) if two.staff.number == other), None)
        if alike is None or alike.sure:
            raise NotAllowed("not alike", user_message="这两个工号不需要确认，或已知是同一人。")
        must_be_another_admin(actor, await self._facts.circle(actor), one, alike.staff)
        await self._staff.prove(actor, proof, Asked.STAFF)
        return await self._staff.tell_apart(actor.hospital, number, other, alike.shared, actor.as_actor)


def must_be_invitable(number: str, name: str, limits: RefundLimits) -> None:
    """Raises BadInput with words for the form."""
    if not NUMBER.fullmatch(number):
        raise BadInput("number", user_message="工号用数字和字母，至少一个数字，最多20位。")
    if not name.strip() or len(name) > NAME_CHARS_MAX:
        raise BadInput("name", user_message="请填写姓名。")
    _must_make_sense(limits)


def _must_make_sense(limits: RefundLimits) -> None:
    if not 0 <= limits.per_refund_fen <= limits.per_day_fen <= LIMIT_FEN_MAX:
        raise BadInput("limits", user_message="限额不正确：单笔不能超过当日限额，当日最多一百万元。")
