"""员工: invited, bound by a code said in the chat, secured by PIN and TOTP, changed by two admins, cut off at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest

import pyotp

from server.domain.errors import AlreadyStored, BadInput, LostRace, NotAllowed, NotFound, TooManyTries
from server.domain.people import PayerIdentity
from server.domain.staff import (
    Limits,
    Role,
    Staff,
    StaffState,
    agreed,
    bound,
    invited,
    invited_again,
    left,
    must_not_be_locked,
    proof_failed,
    proposed,
    proved,
    secured,
)
from server.ports import Clock, Hospital, Ids, Sealer, ShortLivedStore, StaffStore
from server.services.audit import AuditService

INVITE_LIFE = timedelta(hours=24)
INVITE_LENGTH = 8
INVITE_TRIES_PER_HOUR_MAX = 5
TOTP_STEP_S = 30
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
TOTP_SECRET_LENGTH = 32
SETUP_LIFE = timedelta(minutes=30)
RACES_MAX = 10
_INVITE, _INVITE_TRIES, _SETUP = "staff_invite", "staff_invite_tries", "staff_setup"
_WEAK = re.compile(r"(\d)\1{5}|012345|123456|234567|345678|456789|567890|987654|876543|765432|654321|543210")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a member of staff types to prove that it is them: six digits each."""

    pin: str
    totp: str


class StaffService:
    def __init__(
        self,
        hospitals: Mapping[str, Hospital],
        staff: StaffStore,
        short_lived: ShortLivedStore,
        sealer: Sealer,
        clock: Clock,
        ids: Ids,
        audit: AuditService,
    ) -> None:
        self._hospitals = hospitals
        self._staff = staff
        self._audit = audit
        self._short_lived = short_lived
        self._sealer = sealer
        self._clock = clock
        self._ids = ids

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
            raise NotAllowed("role", person="您的岗位不能进行这个操作。")
        return staff

    async def everybody(self, hospital_id: str) -> tuple[Staff, ...]:
        return tuple(await self._staff.all(hospital_id))

    async def get(self, hospital_id: str, number: str) -> Staff:
        staff = await self._staff.get(hospital_id, number)
        if staff is None:
            raise NotFound("staff", person="没有这个工号。")
        return staff

    # ---- coming and going ----------------------------------------------------------------------------------------------------------

    async def invite(self, hospital_id: str, number: str, name: str, role: Role, limits: Limits, by: str) -> str:
        """A one-time code that binds whoever says it in the chat within a day. A known number is invited anew under its old terms:
        other terms need two admins (`propose`, `agree`).
        """
        now = self._clock.now()
        new = invited(hospital_id, number, name, role, limits, by, now)
        try:
            await self._staff.insert(new)
            await self._audit.staff_changed(new)
        except AlreadyStored:
            await self._change(hospital_id, number, lambda staff: invited_again(staff, by, now))
        code = self._ids.text(INVITE_LENGTH)
        await self._short_lived.put(_INVITE, f"{hospital_id}:{code}", number, now + INVITE_LIFE)
        return code

    async def bind(self, hospital_id: str, identity: PayerIdentity, code: str) -> Staff:
        """Raises NotAllowed for a code that is wrong or used, TooManyTries for somebody who guesses."""
        now = self._clock.now()
        who = f"{hospital_id}:{self._sealer.lookup('staff_invite', identity.key)}"
        if await self._short_lived.count(_INVITE_TRIES, who, now, now + timedelta(hours=1)) > INVITE_TRIES_PER_HOUR_MAX:
            raise TooManyTries("invite codes", person="尝试次数太多，请一小时后再试。", wait_seconds=3600)
        key = f"{hospital_id}:{code}"
        number = await self._short_lived.get(_INVITE, key, now)
        if number is None or not await self._short_lived.swap(_INVITE, key, number, "", now):
            raise NotAllowed("invite code", person="邀请码无效或已使用。")
        try:
            return await self._change(hospital_id, number, lambda staff: bound(staff, identity, now))
        except AlreadyStored as error:
            raise NotAllowed("identity bound", person="这个帐号已绑定其他工号。") from error

    async def leave(self, hospital_id: str, number: str, by: str) -> Staff:
        now = self._clock.now()
        return await self._change(hospital_id, number, lambda staff: left(staff, by, now))

    async def propose(self, hospital_id: str, number: str, role: Role, limits: Limits, by: str) -> Staff:
        now = self._clock.now()
        return await self._change(hospital_id, number, lambda staff: proposed(staff, role, limits, by, now))

    async def agree(self, hospital_id: str, number: str, by: str) -> Staff:
        now = self._clock.now()
        return await self._change(hospital_id, number, lambda staff: agreed(staff, by, now))

    # ---- PIN and TOTP --------------------------------------------------------------------------------------------------------------

    async def begin_setup(self, staff: Staff) -> str:
        """The otpauth address for the authenticator, the same one for half an hour. Raises NotAllowed when it is set up already."""
        if staff.can_prove:
            raise NotAllowed("already set up", person="已经设置过，如需重设请联系管理员重新邀请。")
        now, key = self._clock.now(), f"{staff.hospital}:{staff.number}"
        fresh = self._ids.text(TOTP_SECRET_LENGTH, BASE32)
        if not await self._short_lived.put_once(_SETUP, key, fresh, now, now + SETUP_LIFE):
            fresh = await self._short_lived.get(_SETUP, key, now) or fresh
        issuer = self._hospitals[staff.hospital].name
        return pyotp.TOTP(fresh).provisioning_uri(name=staff.number, issuer_name=issuer)

    async def finish_setup(self, staff: Staff, pin: str, pin_again: str, totp: str) -> Staff:
        """Raises BadInput with words for the form."""
        if not re.fullmatch(r"\d{6}", pin) or _WEAK.fullmatch(pin):
            raise BadInput("weak pin", person="请设置6位数字的PIN，不要用连续或相同的数字。")
        if pin != pin_again:
            raise BadInput("pins differ", person="两次输入的PIN不一致。")
        now, key = self._clock.now(), f"{staff.hospital}:{staff.number}"
        secret = await self._short_lived.get(_SETUP, key, now)
        step = None if secret is None else _matching_step(secret, totp, now)
        if secret is None or step is None:
            raise BadInput("totp", person="动态码不正确，请核对手机时间后重新输入。")
        sealed = self._sealer.seal(self._purpose(staff), secret.encode())
        done = await self._change(
            staff.hospital, staff.number, lambda one: secured(one, self._pin(one, pin), sealed, step, now)
        )
        await self._short_lived.drop(_SETUP, key)
        return done

    async def prove(self, staff: Staff, proof: Proof, alone_fen: int = 0) -> Staff:
        """PIN and TOTP are right, and used up. ``alone_fen`` is what is done on one's own, counted against the day's limit in the same write.

        Raises NotAllowed, TooManyTries (locked), with words for the form.
        """
        for _ in range(RACES_MAX):
            now = self._clock.now()
            current = await self.get(staff.hospital, staff.number)
            if current.state is not StaffState.ACTIVE or not current.can_prove:
                raise NotAllowed("not active", person="请先绑定工号并设置PIN和动态码。")
            must_not_be_locked(current, now)
            step = self._step(current, proof, now)
            after = proof_failed(current, now) if step is None else proved(current, step, alone_fen, now)
            try:
                await self._save(current, after)
            except LostRace:
                continue
            if step is None:
                must_not_be_locked(after, now)
                raise NotAllowed("proof", person="PIN或动态码不正确。")
            return after
        raise LostRace(f"{RACES_MAX} times")

    def _step(self, staff: Staff, proof: Proof, now: datetime) -> int | None:
        """The time step whose code was typed, if the PIN is right too."""
        secret = self._sealer.open(self._purpose(staff), staff.totp).decode()
        step = _matching_step(secret, proof.totp, now)
        pin_right = compare_digest(self._pin(staff, proof.pin), staff.pin)
        return step if pin_right else None

    def _pin(self, staff: Staff, pin: str) -> str:
        """Keyed: a PIN is too short for any hash without a key that is kept outside the database."""
        return self._sealer.lookup("staff_pin", f"{staff.hospital}/{staff.number}/{pin}")

    def _purpose(self, staff: Staff) -> str:
        return f"staff_totp:{staff.hospital}/{staff.number}"

    async def _change(self, hospital_id: str, number: str, decide: Callable[[Staff], Staff]) -> Staff:
        for _ in range(RACES_MAX):
            before = await self.get(hospital_id, number)
            after = decide(before)
            if after is before:
                return before
            try:
                await self._save(before, after)
            except LostRace:
                continue
            return after
        raise LostRace(f"{RACES_MAX} times")

    async def _save(self, before: Staff, after: Staff) -> None:
        await self._staff.save(before, after)
        if len(after.history) > len(before.history):
            await self._audit.staff_changed(after)


def _matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The step, at most one away from now (RFC 6238 section 5.2), whose code this is."""
    step = int(now.timestamp()) // TOTP_STEP_S
    totp = pyotp.TOTP(secret, interval=TOTP_STEP_S)
    return next(
        (s for s in (step, step - 1, step + 1) if compare_digest(totp.generate_otp(s).encode(), code.encode())), None
    )
