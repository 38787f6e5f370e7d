"""A fresh code to the phone that the HIS holds: what opens sensitive reports of one card in this session, for a while."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from hmac import compare_digest

from server.core.errors import BadInput, NotAllowed, OutcomeUnknown, OutsideError, OutsideRefusal, TooManyTries
from server.core.ports import Clock, Ids, Sealer, ShortLivedStore
from server.core.typed import code_typed, mobile
from server.patients.contact_ports import OutgoingMessage
from server.patients.model import Session, mask_phone
from server.reports.ports import ReportsHospital

CODE_LIFE = timedelta(minutes=10)
CODE_LENGTH = 6
CODE_TRIES_MAX = 5
CODES_PER_HOUR_MAX = 5
PROVEN_FOR = timedelta(minutes=15)
"""So long sensitive reports stay open in this session after a right code."""
CODE_PURPOSE = "report_code"
"""Not that of binding a card: whoever reads the code must know what it is asked for."""
_CODE, _TRIES, _SENT, _PROVEN = "report_code", "report_code_tries", "report_code_sent", "report_code_proven"


class ReportCodes:
    def __init__(
        self,
        hospitals: Mapping[str, ReportsHospital],
        short_lived: ShortLivedStore,
        sealer: Sealer,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._hospitals = hospitals
        self._short_lived = short_lived
        self._sealer = sealer
        self._clock = clock
        self._ids = ids

    async def is_proven(self, session: Session, card_no: str) -> bool:
        return await self._short_lived.get(_PROVEN, self._place(session, card_no), self._clock.now()) is not None

    async def send(self, session: Session, card_no: str) -> str:
        """The masked number to which it went. Raises NotAllowed, TooManyTries, OutsideError."""
        hospital, place = self._hospitals[session.hospital], self._place(session, card_no)
        patient = await hospital.his.patient(card_no)
        phone = mobile(patient.phone) if patient is not None else None
        if hospital.sms is None or phone is None:
            raise NotAllowed("no phone", user_message="医院没有登记就诊人的手机号，请到窗口登记，或到自助机打印报告。")
        of_card = self._sealer.lookup(_SENT, f"{session.hospital}:{card_no}")
        await self._count(
            _SENT, of_card, CODES_PER_HOUR_MAX, "获取验证码的次数太多，请一小时后再试。", timedelta(hours=1)
        )
        code = self._ids.text(CODE_LENGTH, "0123456789")
        try:
            message = OutgoingMessage(purpose=CODE_PURPOSE, values={"code": code})
            await hospital.sms.send(phone, message, out_id=self._ids.text(20))
        except OutcomeUnknown as error:
            await self._keep(place, code)  # it may be on its way
            error.user_message = "验证码暂时发不出去，请稍后再试。"
            raise
        except OutsideError as error:
            if await self._short_lived.get(_CODE, place, self._clock.now()) is not None:
                return mask_phone(
                    phone
                )  # asked again too soon for the platform: the code that came a moment ago stays good
            if not isinstance(error, OutsideRefusal):  # its words say why
                error.user_message = "验证码暂时发不出去，请稍后再试。"
            raise
        await self._keep(place, code)
        return mask_phone(phone)

    async def prove(self, session: Session, card_no: str, typed: str) -> None:
        """Raises BadInput and TooManyTries. A code is good once."""
        place, now, code = self._place(session, card_no), self._clock.now(), code_typed(typed)
        stored = await self._short_lived.get(_CODE, place, now)
        if stored is None:
            raise BadInput("no code", user_message="验证码已过期，请重新获取。")
        await self._count(_TRIES, place, CODE_TRIES_MAX, "验证码输错次数太多，请重新获取验证码。", CODE_LIFE)
        if not compare_digest(stored.encode(), code.encode()):
            raise BadInput("wrong code", user_message="验证码不正确，请检查后重试。")
        await self._short_lived.drop(_CODE, place)
        await self._short_lived.put(_PROVEN, place, "1", now + PROVEN_FOR)

    async def _keep(self, place: str, code: str) -> None:
        """A new code takes the place of the one before it, with tries of its own."""
        await self._short_lived.drop(_TRIES, place)
        await self._short_lived.put(_CODE, place, code, self._clock.now() + CODE_LIFE)

    async def _count(self, kind: str, key: str, most: int, words: str, window: timedelta) -> None:
        now = self._clock.now()
        if await self._short_lived.count(kind, key, now, now + window) > most:
            raise TooManyTries(kind, user_message=words, wait_seconds=int(window.total_seconds()))

    def _place(self, session: Session, card_no: str) -> str:
        """Of this session only: who logs in anew proves it anew."""
        return self._sealer.lookup("report_code", f"{session.hospital}:{session.id}:{card_no}")
