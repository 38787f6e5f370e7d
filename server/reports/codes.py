"""A fresh code to the phone that the HIS holds: what opens sensitive reports of one card in this session, for a while."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from server.core.errors import NotAllowed
from server.core.ports import Clock, Ids, Sealer, ShortLivedStore
from server.core.typed import mobile
from server.patients.model import Session, mask_phone
from server.patients.phone_codes import CodeTexts, PhoneCodes
from server.patients.ports import PatientsHospital

PROVEN_FOR = timedelta(minutes=15)
"""So long sensitive reports stay open in this session after a right code."""
CODE_PURPOSE = "report_code"
"""Not that of binding a card: whoever reads the code must know what it is asked for."""
TEXTS = CodeTexts(
    tries_used_up="验证码输错次数太多，请重新获取验证码。",
    asked_too_often="获取验证码的次数太多，请一小时后再试。",
)
_PROVEN = "report_code_proven"


class ReportCodes:
    def __init__(
        self,
        hospitals: Mapping[str, PatientsHospital],
        short_lived: ShortLivedStore,
        sealer: Sealer,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._hospitals = hospitals
        self._short_lived = short_lived
        self._codes = PhoneCodes(CODE_PURPOSE, TEXTS, short_lived, clock, ids)
        self._sealer = sealer
        self._clock = clock

    async def is_proven(self, session: Session, card_no: str) -> bool:
        return await self._short_lived.get(_PROVEN, self._place(session, card_no), self._clock.now()) is not None

    async def send(self, session: Session, card_no: str) -> str:
        """The masked number to which it went. Raises NotAllowed, TooManyTries, OutsideError."""
        hospital = self._hospitals[session.hospital]
        patient = await hospital.his.patient(card_no)
        phone = mobile(patient.phone) if patient is not None else None
        if hospital.sms is None or phone is None:
            raise NotAllowed("no phone", user_message="医院没有登记就诊人的手机号，请到窗口登记，或到自助机打印报告。")
        await self._codes.count_asked(self._sealer.lookup("report_code_sent", f"{session.hospital}:{card_no}"))
        await self._codes.send(hospital.sms, phone, self._place(session, card_no))
        return mask_phone(phone)

    async def prove(self, session: Session, card_no: str, typed: str) -> None:
        """Raises BadInput and TooManyTries. A code is good once."""
        place = self._place(session, card_no)
        await self._codes.right(place, typed)
        await self._codes.drop(place)
        await self._short_lived.put(_PROVEN, place, "1", self._clock.now() + PROVEN_FOR)

    def _place(self, session: Session, card_no: str) -> str:
        """The place of this session's proof alone: who logs in anew proves it anew."""
        return self._sealer.lookup("report_code", f"{session.hospital}:{session.id}:{card_no}")
