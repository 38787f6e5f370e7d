"""Who is one person across the hospital's entrances (docs/decisions/0017): asked at every request, so that a change counts at once."""

from __future__ import annotations

from dataclasses import replace

from server.domain.people import Patient, PayerIdentity
from server.domain.persons import ACCOUNT, IDENTITIES_MAX, PROOF, same_person
from server.ports import PersonStore, Sealer, Session


class PersonService:
    def __init__(self, people: PersonStore, sealer: Sealer) -> None:
        self._people = people
        self._sealer = sealer

    async def met(self, hospital_id: str, identity: PayerIdentity) -> None:
        """At login: what the platform says of the person across its apps is noted."""
        if identity.union_id:
            told = self._sealer.lookup("person_account", f"{identity.channel}:{identity.union_id}")
            await self._people.add_marks(hospital_id, identity, [f"{ACCOUNT}{told}"])

    async def proven(self, session: Session, patient: Patient) -> None:
        """This person has shown to hold the phone that the HIS has for this patient, whose ID number it knows."""
        if patient.phone and patient.id_no:
            text = f"{patient.phone}:{patient.id_no.upper()}"
            mark = f"{PROOF}{self._sealer.lookup('person_proof', text)}"
            await self._people.add_marks(session.hospital, session.identity, [mark])

    async def whole(self, session: Session) -> Session:
        """The session with everything that is this person's."""
        me = await self._people.get(session.hospital, session.identity.key)
        if me is None:
            return session
        others = await self._people.sharing(session.hospital, sorted(me.marks), IDENTITIES_MAX + 1)
        linked = same_person(me, others) if len(others) <= IDENTITIES_MAX else ()
        return replace(session, linked=linked)
