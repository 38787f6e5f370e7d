"""收藏的医生: the doctors whom a person has marked, in every entrance of theirs. Kept as numbers; names come from the HIS each time."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from server.core.errors import BadInput, LostRace, NotFound
from server.core.optimistic import decide_and_write
from server.core.ports import Clock, ShortLivedStore
from server.patients.model import Session
from server.registration.doctor_model import Doctor

KIND = "favourite_doctors"
KEPT = timedelta(days=400)
"""After the last change. A year and a month: who comes once a year still finds their doctor."""
FAVOURITES_MAX = 30
Mark = tuple[str, str]
"""The numbers of a department and of a doctor in it."""
Doctors = Callable[[str], Awaitable[Sequence[Doctor]]]
"""hospital → its doctors."""


@dataclass(frozen=True, slots=True)
class ListedDoctor:
    """One doctor in one department, and whether this person has marked them."""

    doctor: Doctor
    is_favourite: bool


class FavouriteService:
    def __init__(self, doctors: Doctors, short_lived: ShortLivedStore, clock: Clock) -> None:
        self._doctors = doctors
        self._short_lived = short_lived
        self._clock = clock

    async def mine(self, session: Session) -> tuple[Doctor, ...]:
        """In the HIS's order; who is no longer listed is left out. The HIS is asked only where something is marked."""
        marked = await self._marked(session)
        if not marked:
            return ()
        return tuple(one for one in await self._doctors(session.hospital) if _mark_of(one) in marked)

    async def doctor(self, session: Session, department_no: str, doctor_no: str) -> ListedDoctor:
        """Raises NotFound for a doctor who is not listed there."""
        doctor = await self._listed(session.hospital, (department_no, doctor_no))
        return ListedDoctor(doctor, _mark_of(doctor) in await self._marked(session))

    async def mark(self, session: Session, department_no: str, doctor_no: str) -> None:
        """Repeatable. Raises NotFound for a doctor who is not listed, BadInput for one too many."""
        doctor = await self._listed(session.hospital, (department_no, doctor_no))
        mark = _mark_of(doctor)

        def added(marks: tuple[Mark, ...]) -> tuple[Mark, ...]:
            if mark in marks:
                return marks
            if len(marks) >= FAVOURITES_MAX:
                words = f"最多收藏 {FAVOURITES_MAX} 位医生，请先取消一位。"
                raise BadInput("too many favourites", user_message=words)
            return (*marks, mark)

        await self._change(session.hospital, session.identity.key, added)

    async def unmark(self, session: Session, department_no: str, doctor_no: str) -> None:
        """In every entrance of the person. Repeatable."""
        gone = (department_no, doctor_no)
        for owner in session.owners:
            await self._change(session.hospital, owner, lambda marks: tuple(one for one in marks if one != gone))

    async def forget(self, hospital: str, owner: str) -> None:
        """Forget the favourites of a person whose account ends."""
        await self._short_lived.drop(KIND, f"{hospital}:{owner}")

    # ---- steps -----------------------------------------------------------------------------------------------------------------

    async def _listed(self, hospital: str, mark: Mark) -> Doctor:
        for doctor in await self._doctors(hospital):
            if _mark_of(doctor) == mark:
                return doctor
        raise NotFound("doctor", user_message="没有找到这位医生，请重新选择。")

    async def _marked(self, session: Session) -> set[Mark]:
        return {mark for owner in session.owners for mark in (await self._kept(session.hospital, owner)).marks}

    async def _kept(self, hospital: str, owner: str) -> _Kept:
        text = await self._short_lived.get(KIND, f"{hospital}:{owner}", self._clock.now())
        return _Kept(text, _read(text))

    async def _change(self, hospital: str, owner: str, changed: Callable[[tuple[Mark, ...]], tuple[Mark, ...]]) -> None:
        """Two taps at once both count. Raises LostRace where others are faster each time."""

        async def write(before: _Kept, after: _Kept) -> _Kept:
            now, key = self._clock.now(), f"{hospital}:{owner}"
            text = json.dumps(after.marks)
            if before.text is None:
                is_stored = await self._short_lived.put_once(KIND, key, text, now, now + KEPT)
            else:
                is_stored = await self._short_lived.swap(KIND, key, before.text, text, now + KEPT)
            if not is_stored:
                raise LostRace(KIND)
            return after

        def decide(kept: _Kept) -> _Kept:
            marks = changed(kept.marks)
            return kept if marks == kept.marks else _Kept(kept.text, marks)

        await decide_and_write(lambda: self._kept(hospital, owner), decide, write, KIND)


@dataclass(frozen=True, slots=True)
class _Kept:
    """``text`` as it is stored; None where nothing is."""

    text: str | None
    marks: tuple[Mark, ...]


def _mark_of(doctor: Doctor) -> Mark:
    return doctor.department_no, doctor.doctor_no


def _read(text: str | None) -> tuple[Mark, ...]:
    return tuple((department_no, doctor_no) for department_no, doctor_no in json.loads(text or "[]"))
