"""What is held about one person, told and erased: for staff of the hospital who have seen that the person is who they say (PIPL, articles 45 and 47)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date

from server.audit.model import PERSON
from server.audit.service import AuditService
from server.core.actors import SYSTEM
from server.core.errors import BadInput, NotFound
from server.core.history import event_id, lone_event
from server.core.optimistic import decide_and_write
from server.core.ports import ANSWERS_MAX, Clock, Ids, Sealer
from server.core.typed import number_key
from server.patients.accounts import AccountService, Closed
from server.patients.model import PayerIdentity
from server.patients.persons import PersonService, linked_keys
from server.patients.ports import CardStore, PersonStore, SessionStore
from server.payments.model import Payment
from server.payments.ports import PaymentStore
from server.payments.rules.audit_events import PAYMENT
from server.payments.rules.erasing import (
    ERASED,
    EXPORTED,
    TERM_OVER,
    KeptReason,
    is_pseudonymous,
    kept_because,
    lines_by_payer,
    without_patient,
    without_payer,
)
from server.payments.rules.search_keys import FindBy
from server.privacy.export import Held, exported
from server.privacy.model import Erasable, Erased, FoundBy, Person
from server.staff.facts import StaffFacts

PAGE = 100
PERSON_CHARS = 20


class PersonRecords:
    """Each question and each erasure is a line in the audit chain, written before anything is answered."""

    def __init__(
        self,
        *,
        payments: PaymentStore,
        known_people: PersonStore,
        cards: CardStore,
        sessions: SessionStore,
        accounts: AccountService,
        people: PersonService,
        facts: StaffFacts,
        audit: AuditService,
        sealer: Sealer,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._payments = payments
        self._known_people = known_people
        self._cards = cards
        self._sessions = sessions
        self.accounts = accounts
        self._people = people
        self._facts = facts
        self._audit = audit
        self._sealer = sealer
        self._clock = clock
        self._ids = ids

    async def find(self, hospital: str, by: FoundBy, fact: str) -> Person:
        """Raises BadInput for what is no such fact, NotFound where nothing is held."""
        if by is FoundBy.CARD:
            return Person(hospital, by, card_no=fact)
        owner = fact
        if by is FoundBy.PAYMENT:
            payment = await self._payments.get(hospital, fact.upper())
            if payment is None or is_pseudonymous(payment):
                raise NotFound("payment", user_message="没有找到这笔支付，或付款人已删除。")
            owner = payment.owner
        if owner.count(":") < 2:
            raise BadInput("payer", user_message="付款人写成 渠道:应用:用户标识。")
        linked = await linked_keys(self._known_people, self._cards, hospital, owner)
        return Person(hospital, by, owners=(owner, *linked))

    async def export(self, person: Person, by: str) -> dict[str, object]:
        """Everything that is held, as JSON has it. Raises NotFound where that is nothing."""
        held = await self._held(person)
        if not (held.identities or held.cards or held.payments or held.session_ends):
            raise NotFound("person", user_message="没有保存这个人的信息。")
        detail = {"payments": str(len(held.payments)), "cards": str(len(held.cards))}
        await self._note(person, EXPORTED, by, detail)
        return exported(held, person.by, self._clock.now())

    async def erase(self, person: Person, by: str) -> Erased:
        """Contact data, bindings and identities end, and payments at rest say no longer who. What is kept is named with its reason, and
        goes when this is repeated later. Repeatable, and safe to stop: who the person is goes last.
        """
        await self._note(person, ERASED, by, {})
        owners: set[str] = set()
        outcomes: dict[str, KeptReason | None] = {}
        async for payment in self._payments_of(person):
            owners.add(payment.owner)
            outcomes[payment.id] = await self._erase(person, payment.id, by)
        closed = await self._end(person, sorted(owners))
        kept = {number: why for number, why in outcomes.items() if why is not None}
        return Erased(len(outcomes) - len(kept), closed.cards, closed.sessions, kept)

    async def term_over(self, hospital: str, payments: Sequence[Payment], kept_from: date) -> int:
        """Their legal time is over: those of ``payments`` that are at rest say no longer who, those of staff neither; no channel refunds
        them any more. How many it were.
        """
        over = [one for one in payments if not is_pseudonymous(one) and kept_because(one) is None]
        if over:
            detail = {"kept_from": kept_from.isoformat(), "payments": str(len(over))}
            await self._chain(hospital, TERM_OVER, SYSTEM, detail)
        for payment in over:
            person = Person(hospital, FoundBy.PAYMENT, owners=(payment.owner,))
            await self._erase(person, payment.id, SYSTEM, also_of_staff=True)
        return len(over)

    # ---- steps ---------------------------------------------------------------------------------------------------------------------

    async def _end(self, person: Person, payers: Sequence[str]) -> Closed:
        """Where a patient is erased, only the bindings of the card end, with whoever bound it or paid by it: the rest of those accounts is not theirs."""
        if person.owners:
            return await self.accounts.close(person.hospital, person.owners)
        count = 0
        bound = await self._cards.of_card(person.hospital, person.card_no, ANSWERS_MAX)
        for owner in sorted({*payers, *(card.owner for card in bound)}):
            count += await self.accounts.unbind(person.hospital, owner, person.card_no)
        return Closed(count, 0)

    async def _erase(
        self, person: Person, payment_id: str, by: str, *, also_of_staff: bool = False
    ) -> KeptReason | None:
        """Why the payment still says who; None when it does not. Raises NotFound and LostRace."""

        async def read() -> Erasable:
            payment = await self._payments.get(person.hospital, payment_id)
            if payment is None:
                raise NotFound("payment")
            kept = kept_because(payment)
            if kept is None and not also_of_staff and await self._concerns_staff(payment):
                kept = KeptReason.STAFF
            return Erasable(payment, kept)

        def erased(found: Erasable) -> Erasable:
            if found.kept is not None:
                return found
            now = self._clock.now()
            if person.owners:
                return Erasable(without_payer(found.payment, self._pseudonym(person), now, by))
            return Erasable(without_patient(found.payment, now, by))

        before, _ = await decide_and_write(read, erased, self._pseudonymise, "payment")
        return before.kept

    async def _pseudonymise(self, before: Erasable, after: Erasable) -> Erasable:
        await self._out_of_the_chain(before.payment, after.payment)
        await self._payments.pseudonymise(before.payment, after.payment)
        return after

    async def _out_of_the_chain(self, payment: Payment, after: Payment) -> None:
        """Before the payment: an erasure that breaks off here finds the payer again."""
        if after.owner != payment.owner:
            for which in lines_by_payer(payment):
                entry = event_id(PAYMENT, payment.id, which)
                await self._audit.rename(payment.hospital, entry, payment.owner, after.owner)

    async def _concerns_staff(self, payment: Payment) -> bool:
        personal = payment.personal
        return await self._facts.may_concern(payment.hospital, payment.owner, personal.card_no, personal.patient_name)

    def _pseudonym(self, person: Person) -> str:
        """The same for all payments of a person, also when an erasure is repeated; without the key it leads to nobody."""
        return self._sealer.lookup("erased", f"{person.hospital}/{min(person.owners)}")

    async def _payments_of(self, person: Person) -> AsyncIterator[Payment]:
        """The payments of a person; those of a card are at most ANSWERS_MAX at a time: an erasure is repeated until nothing is left."""
        if person.card_no:
            found = await self._payments.find(person.hospital, [(FindBy.CARD, number_key(person.card_no))], ANSWERS_MAX)
            for payment in (one for one in found if one.personal.card_no == person.card_no):
                yield payment
        for owner in person.owners:
            before = None
            while page := await self._payments.by_owner(person.hospital, owner, PAGE, before):
                for payment in page:
                    yield payment
                before = page[-1].page_cursor

    async def _held(self, person: Person) -> Held:
        held = Held(hospital=person.hospital, card_no=person.card_no)
        held.payments = [payment async for payment in self._payments_of(person)]
        for owner in person.owners:
            identity = PayerIdentity.of_key(owner)
            known = await self._known_people.get(person.hospital, owner)
            phone = await self._people.proven_phone(person.hospital, identity)
            if known is not None or phone or any(payment.owner == owner for payment in held.payments):
                kinds = (
                    sorted({proof.partition(":")[0] for proof in known.identity_proofs}) if known is not None else []
                )
                held.identities.append((identity, kinds, phone))
            held.cards.extend(await self._cards.of_owner(person.hospital, owner))
        held.session_ends = list(await self._sessions.ends_of(person.hospital, person.owners, self._clock.now()))
        return held

    async def _note(self, person: Person, what: str, by: str, detail: dict[str, str]) -> None:
        """Codes and numbers only: whoever has the fact and the key can say whether a line was about this person."""
        fact = person.card_no or min(person.owners)
        whose = self._sealer.lookup("person_note", f"{person.hospital}/{fact}")[:PERSON_CHARS]
        await self._chain(person.hospital, what, by, {"found_by": str(person.by), "person": whose, **detail})

    async def _chain(self, hospital: str, what: str, by: str, detail: dict[str, str]) -> None:
        line = lone_event(PERSON, self._ids, at=self._clock.now(), what=what, by=by, detail=detail)
        await self._audit.append(hospital, [line])
