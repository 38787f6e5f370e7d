"""Which admissions a session may see, and what the HIS says of one: those of the person's bound cards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from server.core.errors import NotFound, OutsideError
from server.core.ports import Sealer
from server.inpatient.model import Admission, AdmissionState, DayList, DepositQuote, Stay
from server.inpatient.ports import InpatientSystem, InpatientSystems
from server.patients.model import BoundCard, Session
from server.patients.ports import CardStore
from server.patients.visible_cards import bound_cards, some_told, told_and_failed
from server.refunds.model import Deposit


@dataclass(frozen=True, slots=True)
class KnownAdmission:
    """``key`` names the admission in addresses without telling its number."""

    key: str
    admission: Admission


class AdmissionService:
    """Asks the HIS, always within what the session may see."""

    def __init__(self, systems: InpatientSystems, cards: CardStore, sealer: Sealer) -> None:
        self._systems = systems
        self._cards = cards
        self._sealer = sealer

    @property
    def systems(self) -> InpatientSystems:
        """By hospital, those whose HIS looks after inpatients by our interface."""
        return self._systems

    def offered(self, hospital_id: str) -> bool:
        """Does this hospital's HIS look after inpatients by our interface?"""
        return hospital_id in self._systems

    async def mine(self, session: Session) -> tuple[KnownAdmission, ...]:
        """The person's admissions: those not settled first, then the newest first. Raises OutsideError when nothing can be known of any card."""
        return (await self.mine_and_failed(session))[0]

    async def mine_and_failed(
        self, session: Session, bound: tuple[BoundCard, ...] | None = None
    ) -> tuple[tuple[KnownAdmission, ...], Sequence[OutsideError]]:
        """`mine`, and the errors of the cards of which nothing can be known now. ``bound``: the person's cards, where they have been read."""
        his = self.system(session.hospital)
        told, failed = await some_told(await bound_cards(self._cards, session, bound), his.admissions)
        known = [self._known(session, admission) for admission in told]
        newest = sorted(known, key=lambda one: one.admission.admitted_at, reverse=True)
        return tuple(sorted(newest, key=lambda one: one.admission.state is AdmissionState.SETTLED)), failed

    async def one(self, session: Session, key: str) -> KnownAdmission:
        """Raises NotFound for one that this session may not see."""
        for known in await self.mine(session):
            if known.key == key:
                return known
        raise NotFound("admission", user_message="没有找到这次住院，请从住院列表进入。")

    async def of_cards(
        self, session: Session, bound: Sequence[BoundCard]
    ) -> tuple[Sequence[KnownAdmission], Sequence[OutsideError]]:
        """The admissions of these cards, and the errors of the cards of which nothing can be known now."""
        told, failed = await told_and_failed(bound, self.system(session.hospital).admissions)
        return [self._known(session, admission) for admission in told], failed

    async def day_list(self, session: Session, key: str, day: date) -> tuple[KnownAdmission, DayList | None]:
        known = await self.one(session, key)
        return known, await self.system(session.hospital).day_list(known.admission.stay, day)

    async def deposits(self, session: Session, key: str) -> tuple[KnownAdmission, Sequence[Deposit]]:
        known = await self.one(session, key)
        return known, await self.system(session.hospital).deposits(known.admission.stay)

    async def deposit_quote(self, session: Session, key: str) -> tuple[KnownAdmission, DepositQuote]:
        known = await self.one(session, key)
        return known, await self.system(session.hospital).deposit_quote(known.admission.stay)

    def system(self, hospital_id: str) -> InpatientSystem:
        """Raises NotFound where the hospital's HIS does not look after inpatients by our interface."""
        his = self._systems.get(hospital_id)
        if his is None:
            raise NotFound("no inpatients here", user_message="医院暂未开通住院服务，请到住院收费处办理。")
        return his

    def _known(self, session: Session, admission: Admission) -> KnownAdmission:
        return KnownAdmission(admission_key(self._sealer, session.hospital, admission.stay), admission)


def admission_key(sealer: Sealer, hospital_id: str, stay: Stay) -> str:
    """An opaque name of an admission for addresses and forms."""
    return sealer.lookup("admission_key", f"{hospital_id}:{stay.count}:{stay.admission_no}")[:20]
