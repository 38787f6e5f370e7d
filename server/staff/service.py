"""员工: invited, bound by a code said in the chat, secured by PIN and TOTP, changed by two admins, cut off at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pyotp

from server.core.errors import AlreadyStored, BadInput, NotAllowed, NotFound, TooManyTries
from server.core.ports import Clock, Ids, Sealer, ShortLivedStore
from server.patients.model import PayerIdentity
from server.payments.hospital import Hospital
from server.staff.audit_trail import StaffAudit
from server.staff.facts import StaffFacts
from server.staff.model import (
    RefundLimits,
    Role,
    SavedViews,
    Staff,
    StaffState,
    agreed,
    asked_for,
    asked_for_again,
    bound,
    invited,
    invited_again,
    left,
    proposed,
    secured,
    stepped,
)
from server.staff.ports import StaffStore
from server.staff.proofs import Proof, StaffProofs, matching_step
from server.staff.records import StaffRecords
from server.staff.rules.auth_events import Asked, recorded
from server.staff.rules.facts import TOLD_APART
from server.staff.rules.pins import is_weak
from server.staff.rules.proofs import given_back

INVITE_LIFE = timedelta(hours=24)
INVITE_LENGTH = 8
INVITE_TRIES_PER_HOUR_MAX = 5
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
TOTP_SECRET_LENGTH = 32
SETUP_LIFE = timedelta(minutes=30)
_INVITE, _NEWEST, _INVITE_TRIES, _SETUP = "staff_invite", "staff_newest_invite", "staff_invite_tries", "staff_setup"


class StaffService:
    def __init__(
        self,
        *,
        hospitals: Mapping[str, Hospital],
        staff: StaffStore,
        short_lived: ShortLivedStore,
        sealer: Sealer,
        clock: Clock,
        ids: Ids,
        audit: StaffAudit,
        facts: StaffFacts,
    ) -> None:
        self._hospitals = hospitals
        self._staff = staff
        self._records = StaffRecords(staff, audit)
        self._proofs = StaffProofs(self._records, sealer, clock)
        self._short_lived = short_lived
        self._sealer = sealer
        self._clock = clock
        self._ids = ids
        self._facts = facts

    # ---- who is there ------------------------------------------------------------------------------------------------------------

    async def known(self, hospital_id: str, identity: PayerIdentity) -> Staff | None:
        """The active member of staff who speaks, or None for everybody else."""
        staff = await self._staff.by_identity(hospital_id, identity)
        return staff if staff is not None and staff.state is StaffState.ACTIVE else None

    async def must_be(self, hospital_id: str, identity: PayerIdentity, *roles: Role) -> Staff:
        """Raises NotFound for strangers (a door for staff is not there for others), NotAllowed for another role."""
        staff = await self.known(hospital_id, identity)
        if staff is None:
            raise NotFound("no staff")
        if roles and staff.role not in roles:
            raise NotAllowed("role", user_message="您的岗位不能进行这个操作。")
        return staff

    async def everybody(self, hospital_id: str) -> tuple[Staff, ...]:
        return tuple(await self._staff.all(hospital_id))

    async def get(self, hospital_id: str, number: str) -> Staff:
        return await self._records.get(hospital_id, number)

    # ---- coming and going ----------------------------------------------------------------------------------------------------------

    async def invite(
        self, hospital_id: str, number: str, name: str, role: Role, limits: RefundLimits, by: str, *, alone: bool = True
    ) -> str:
        """A one-time code that binds whoever says it in the chat within a day; from now on it is the only one of this number. A known
        number is invited anew under its old terms: other terms need two admins (`propose`, `agree`). Not ``alone``: there is no code yet but
        a proposal, to which another admin must `agree`. Only the server's own command line invites alone.
        """
        now = self._clock.now()

        await self._keep_facts(hospital_id, number)

        def again(staff: Staff) -> Staff:
            return (invited_again if alone else asked_for_again)(staff, by, now)

        make = invited if alone else asked_for
        staff = make(hospital_id, number, name, role, limits, by, now)
        try:
            await self._records.add(staff)
        except AlreadyStored:
            staff = await self._records.change(hospital_id, number, again)
        await self._facts.learn(staff)
        waits = staff.change is not None and staff.change.invite
        return "" if waits else await self._new_code(staff)

    async def _new_code(self, staff: Staff) -> str:
        code = self._ids.text(INVITE_LENGTH)
        ends = self._clock.now() + INVITE_LIFE
        await self._short_lived.put(_INVITE, f"{staff.hospital}:{code}", staff.number, ends)
        await self._short_lived.put(_NEWEST, f"{staff.hospital}:{staff.number}", code, ends)
        return code

    async def bind(self, hospital_id: str, identity: PayerIdentity, code: str) -> Staff:
        """Raises NotAllowed for a code that is wrong or used, TooManyTries for somebody who guesses."""
        now = self._clock.now()
        who = f"{hospital_id}:{self._sealer.lookup('staff_invite', identity.key)}"
        if await self._short_lived.count(_INVITE_TRIES, who, now, now + timedelta(hours=1)) > INVITE_TRIES_PER_HOUR_MAX:
            raise TooManyTries("invite codes", user_message="尝试次数太多，请一小时后再试。", wait_seconds=3600)
        key = f"{hospital_id}:{code}"
        number = await self._short_lived.get(_INVITE, key, now)
        if number is None or await self._short_lived.get(_NEWEST, f"{hospital_id}:{number}", now) != code:
            raise NotAllowed("invite code", user_message="邀请码无效或已使用。")
        try:
            staff = await self._records.change(hospital_id, number, lambda one: bound(one, identity, now))
        except AlreadyStored as error:
            raise NotAllowed("identity bound", user_message="这个账号已绑定其他工号。") from error
        await self._facts.learn(staff)
        await self._short_lived.drop(_INVITE, key)  # a courtesy: whoever is bound can't be bound again
        return staff

    async def leave(self, hospital_id: str, number: str, by: str) -> Staff:
        now = self._clock.now()
        await self._keep_facts(hospital_id, number)
        return await self._records.change(hospital_id, number, lambda staff: left(staff, by, now))

    async def propose(self, hospital_id: str, number: str, role: Role, limits: RefundLimits, by: str) -> Staff:
        now = self._clock.now()
        return await self._records.change(hospital_id, number, lambda staff: proposed(staff, role, limits, by, now))

    async def agree(self, hospital_id: str, number: str, by: str) -> tuple[Staff, str]:
        """The changed member of staff and, where the proposal was to invite them, the one-time code."""
        now, invites = self._clock.now(), False
        await self._keep_facts(hospital_id, number)

        def decide(staff: Staff) -> Staff:
            nonlocal invites
            invites = staff.change is not None and staff.change.invite
            return agreed(staff, by, now)

        staff = await self._records.change(hospital_id, number, decide)
        return staff, await self._new_code(staff) if invites else ""

    async def tell_apart(self, hospital_id: str, number: str, other: str, shared: Sequence[str], by: str) -> Staff:
        """An admin says that two numbers which share a name or a phone (``shared``: kinds of `staff.rules.facts`) are two people."""
        detail, now = {"other": other, "shared": " ".join(kind.rstrip(":") for kind in shared)}, self._clock.now()
        return await self._records.change(
            hospital_id, number, lambda staff: stepped(staff, TOLD_APART, by, now, detail=detail)
        )

    async def _keep_facts(self, hospital_id: str, number: str) -> None:
        """Before a phone is taken from an employee number, or the number from a person: what it tells is kept."""
        staff = await self._staff.get(hospital_id, number)
        if staff is not None:
            await self._facts.learn(staff)

    # ---- PIN and TOTP --------------------------------------------------------------------------------------------------------------

    async def begin_setup(self, staff: Staff) -> str:
        """The otpauth address for the authenticator, the same one for half an hour. Raises NotAllowed when it is set up already."""
        if staff.can_prove:
            raise NotAllowed("already set up", user_message="已经设置过，如需重设请联系管理员重新邀请。")
        now, key = self._clock.now(), _setup_of(staff)
        fresh = self._ids.text(TOTP_SECRET_LENGTH, BASE32)
        if not await self._short_lived.put_once(_SETUP, key, fresh, now, now + SETUP_LIFE):
            fresh = await self._short_lived.get(_SETUP, key, now) or fresh
        issuer = self._hospitals[staff.hospital].name
        return pyotp.TOTP(fresh).provisioning_uri(name=staff.number, issuer_name=issuer)

    async def finish_setup(self, staff: Staff, pin: str, pin_again: str, totp: str) -> Staff:
        """Raises BadInput with words for the form."""
        if not re.fullmatch(r"[0-9]{6}", pin) or is_weak(pin):
            raise BadInput("weak pin", user_message="请设置6位数字的PIN，不要用相同、连续、重复或有规律的数字。")
        if pin != pin_again:
            raise BadInput("pins differ", user_message="两次输入的PIN不一致。")
        now, key = self._clock.now(), _setup_of(staff)
        secret = await self._short_lived.get(_SETUP, key, now)
        step = None if secret is None else matching_step(secret, totp, now)
        if secret is None or step is None:
            raise BadInput("totp", user_message="动态码不正确，请核对手机时间后重新输入。")
        sealed = self._sealer.seal(self._proofs.purpose(staff), secret.encode())
        done = await self._records.change(
            staff.hospital, staff.number, lambda one: secured(one, self._proofs.pin(one, pin), sealed, step, now)
        )
        await self._short_lived.drop(_SETUP, key)
        return done

    async def prove(self, staff: Staff, proof: Proof, asked: Asked, spends_fen: int = 0) -> Staff:
        """PIN and TOTP are right, and used up. ``spends_fen`` goes back on this person's word and counts against the day's limit in the same write.

        Right or wrong, it is told to the audit chain. Raises NotAllowed, TooManyTries (locked), with words for the form.
        """
        return await self._proofs.prove(staff, proof, asked, spends_fen)

    async def give_back(self, proven: Staff, fen: int) -> None:
        """Nothing came of what `prove`, which answered ``proven``, had spent of the day's limit."""
        await self._records.change(
            proven.hospital, proven.number, lambda staff: given_back(staff, fen, proven.spent_on)
        )

    async def keep_views(self, actor: Staff, decide: Callable[[SavedViews], SavedViews]) -> None:
        """Their saved searches, as ``decide`` makes them of those that are there. Raises what it raises."""

        def changed(one: Staff) -> Staff:
            views = decide(one.views)
            return one if views == one.views else replace(one, views=views, version=one.version + 1)

        await self._records.change(actor.hospital, actor.number, changed)

    async def record_auth_event(self, staff: Staff, what: str, **detail: str) -> None:
        """Tell the audit chain that this member of staff came, went or looked. ``detail``: codes only."""
        now = self._clock.now()
        await self._records.change(staff.hospital, staff.number, lambda one: recorded(one, what, now, **detail))


def _setup_of(staff: Staff) -> str:
    """What a secret is kept under until it is set up: one binding's. Who was bound before has seen another one."""
    bindings = sum(line.what == "staff_bound" for line in staff.history)
    return f"{staff.hospital}:{staff.number}:{bindings}"
