"""Staff and limits from the console: only admins, each act with PIN and TOTP. What the acts mean is `services/staff`."""

from __future__ import annotations

import re

from server.domain.actors import actor_of
from server.domain.console import Room, must_enter
from server.domain.errors import BadInput, NotAllowed
from server.domain.staff import Limits, Role, Staff
from server.domain.visits import Asked
from server.services.staff import StaffService
from server.services.staff_proofs import Proof

NUMBER = re.compile(r"(?=.*[0-9])[0-9A-Za-z]{1,20}")  # a digit: never "operator" or "system", who act too
NAME_CHARS_MAX = 30
LIMIT_FEN_MAX = 100_000_000


class StaffOffice:
    def __init__(self, staff: StaffService) -> None:
        self._staff = staff

    async def everybody(self, actor: Staff) -> tuple[Staff, ...]:
        must_enter(actor, Room.STAFF)
        return await self._staff.everybody(actor.hospital)

    async def one(self, actor: Staff, number: str) -> Staff:
        must_enter(actor, Room.STAFF)
        return await self._staff.get(actor.hospital, number)

    async def invite(self, actor: Staff, proof: Proof, number: str, name: str, role: Role, limits: Limits) -> None:
        """A proposal: another admin must agree, and gets the one-time code (`agree`). Raises BadInput for a form that makes no sense."""
        must_enter(actor, Room.STAFF)
        must_be_invitable(number, name, limits)
        if number == actor.number:
            raise NotAllowed("oneself", person="不能邀请自己，请由另一位管理员操作。")
        await self._staff.prove(actor, proof, Asked.STAFF)
        hospital = actor.hospital
        await self._staff.invite(hospital, number, name.strip(), role, limits, actor.as_actor, alone=False)

    async def leave(self, actor: Staff, proof: Proof, number: str) -> Staff:
        must_enter(actor, Room.STAFF)
        await self._staff.get(actor.hospital, number)
        await self._staff.prove(actor, proof, Asked.STAFF)
        return await self._staff.leave(actor.hospital, number, actor.as_actor)

    async def propose(self, actor: Staff, proof: Proof, number: str, role: Role, limits: Limits) -> Staff:
        must_enter(actor, Room.STAFF)
        _must_make_sense(limits)
        await self._staff.get(actor.hospital, number)
        await self._staff.prove(actor, proof, Asked.STAFF)
        return await self._staff.propose(actor.hospital, number, role, limits, actor.as_actor)

    async def agree(
        self, actor: Staff, proof: Proof, number: str, terms: tuple[Role, Limits], *, invite: bool
    ) -> tuple[Staff, str]:
        """``terms`` and ``invite`` are those that the page showed: another proposal meanwhile is not agreed to unseen. The code of an
        invitation comes with it.
        """
        must_enter(actor, Room.STAFF)
        staff = await self._staff.get(actor.hospital, number)
        change = staff.change
        if change is None or (change.role, change.limits, change.invite) != (*terms, invite):
            raise NotAllowed("other terms", person="待确认的变更已经不同，请重新查看。")
        if actor_of(change.proposed_by) == actor_of(actor.as_actor) or number == actor.number:
            raise NotAllowed("own change", person="需要另一位管理员确认。")
        await self._staff.prove(actor, proof, Asked.STAFF)
        return await self._staff.agree(actor.hospital, number, actor.as_actor)


def must_be_invitable(number: str, name: str, limits: Limits) -> None:
    """Raises BadInput with words for the form."""
    if not NUMBER.fullmatch(number):
        raise BadInput("number", person="工号用数字和字母，至少一个数字，最多20位。")
    if not name.strip() or len(name) > NAME_CHARS_MAX:
        raise BadInput("name", person="请填写姓名。")
    _must_make_sense(limits)


def _must_make_sense(limits: Limits) -> None:
    if not 0 <= limits.per_refund_fen <= limits.per_day_fen <= LIMIT_FEN_MAX:
        raise BadInput("limits", person="限额不正确：单笔不能超过当日限额，当日最多一百万元。")
