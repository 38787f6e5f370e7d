"""Binding an admission by its number and name: the code goes to the phone that the HIS holds, and binds the patient's card.

Whoever has that phone may see the patient's bills and admissions alike, so there is one binding for both (docs/decisions/0058).
"""

from __future__ import annotations

from datetime import timedelta
from hmac import compare_digest

from server.core.errors import BadInput, TooManyTries
from server.core.ports import Clock, ShortLivedStore
from server.core.typed import card_numbers, letters_hint, name_key
from server.inpatient.admissions import AdmissionService
from server.inpatient.ports import CardCodes
from server.patients.cards import CodeSent
from server.patients.model import Session

ASKED_PER_HOUR_MAX = 5
_ASKED = "admission_asked"


class AdmissionBinding:
    def __init__(
        self, admissions: AdmissionService, cards: CardCodes, short_lived: ShortLivedStore, clock: Clock
    ) -> None:
        self._admissions = admissions
        self._cards = cards
        self._short_lived = short_lived
        self._clock = clock

    async def send_code(self, session: Session, admission_no: str, name: str) -> CodeSent:
        """A wrong number and a wrong name look alike, so that numbers can't be fished for. Raises BadInput, TooManyTries, NotAllowed."""
        his = self._admissions.system(session.hospital)
        await self._count(session)
        typed = name_key(name)
        for number in card_numbers(admission_no):
            admission = await his.admission(number)
            if (
                admission is not None
                and typed
                and compare_digest(name_key(admission.patient_name).encode(), typed.encode())
            ):
                return await self._cards.send_code(session, admission.card_no, admission.patient_name)
        raise BadInput(
            "admission and name", user_message=f"住院号与姓名不符，请检查后重试。{letters_hint(admission_no)}"
        )

    async def _count(self, session: Session) -> None:
        now, hour = self._clock.now(), timedelta(hours=1)
        key = f"{session.hospital}:{session.identity.key}"
        if await self._short_lived.count(_ASKED, key, now, now + hour) > ASKED_PER_HOUR_MAX:
            words = "查询的次数太多，请一小时后再试，或到住院收费处办理。"
            raise TooManyTries("admissions asked", user_message=words, wait_seconds=int(hour.total_seconds()))
