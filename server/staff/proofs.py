"""PIN and TOTP: looked at, used up, counted against the lock and the day's limit, and told to the audit chain, all in one write."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from hmac import compare_digest

import pyotp

from server.core.errors import NotAllowed
from server.core.ports import Clock, Sealer
from server.staff.model import Staff, StaffState
from server.staff.records import StaffRecords
from server.staff.rules.auth_events import PROOF_FAILED, PROVED, Asked, with_auth_event
from server.staff.rules.proofs import must_not_be_locked, proof_failed, proved

TOTP_STEP_S = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a member of staff types to prove that it is them: six digits each."""

    pin: str
    totp: str


_PIN = "staff_pin"


class StaffProofs:
    def __init__(self, records: StaffRecords, sealer: Sealer, clock: Clock) -> None:
        self._records = records
        self._sealer = sealer
        self._clock = clock

    async def prove(self, staff: Staff, proof: Proof, asked: Asked, spends_fen: int) -> Staff:
        """Raises NotAllowed, TooManyTries (locked), with words for the form. While locked nothing that is typed is looked at."""
        refused: list[NotAllowed] = []

        def decide(current: Staff) -> Staff:
            refused.clear()
            now = self._clock.now()
            if current.state is not StaffState.ACTIVE or not current.can_prove:
                raise NotAllowed("not active", user_message="请先绑定工号并设置PIN和动态码。")
            must_not_be_locked(current, now)
            step, wrong = self._looked_at(current, proof, now)
            if step is None:
                refused.append(NotAllowed("proof", user_message="PIN或动态码不正确。"))
                return with_auth_event(proof_failed(current, now), PROOF_FAILED, now, asked=asked, wrong=wrong)
            if step <= current.last_step:
                refused.append(NotAllowed("code used", user_message="动态码已使用过，请等下一个动态码。"))
                same = replace(current, version=current.version + 1)
                return with_auth_event(same, PROOF_FAILED, now, asked=asked, wrong="code_used")
            return with_auth_event(proved(current, step, spends_fen, now), PROVED, now, asked=asked)

        after = await self._records.change(staff.hospital, staff.number, decide)
        if refused:
            must_not_be_locked(after, self._clock.now())
            raise refused[0]
        return after

    def _looked_at(self, staff: Staff, proof: Proof, now: datetime) -> tuple[int | None, str]:
        """The time step whose code was typed, if the PIN is right too; else which of the two was wrong."""
        secret = self._sealer.open(self.purpose(staff), staff.totp).decode()
        step = matching_step(secret, proof.totp, now)
        pin_right = self._is_pin(staff, proof.pin)
        if step is None:
            return None, "totp" if pin_right else "pin_and_totp"
        return (step, "") if pin_right else (None, "pin")

    def pin(self, staff: Staff, pin: str) -> str:
        """Keyed: a PIN is too short for any hash without a key that is kept outside the database."""
        return self._sealer.lookup(_PIN, self._pin_text(staff, pin))

    def _is_pin(self, staff: Staff, pin: str) -> bool:
        """One that was set before PINs had a key of their own goes on until it is set again."""
        text = self._pin_text(staff, pin)
        return compare_digest(self.pin(staff, pin), staff.pin) or compare_digest(
            self._sealer.lookup_before(_PIN, text), staff.pin
        )

    def _pin_text(self, staff: Staff, pin: str) -> str:
        return f"{staff.hospital}/{staff.number}/{pin}"

    def purpose(self, staff: Staff) -> str:
        return f"staff_totp:{staff.hospital}/{staff.number}"


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The step, at most one away from now (RFC 6238 section 5.2), whose code this is."""
    step = int(now.timestamp()) // TOTP_STEP_S
    totp = pyotp.TOTP(secret, interval=TOTP_STEP_S)
    return next(
        (s for s in (step, step - 1, step + 1) if compare_digest(totp.generate_otp(s).encode(), code.encode())), None
    )
