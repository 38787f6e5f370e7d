"""住院预交金: a deposit behind the contract of purposes (server/payments/purpose.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from server.core.errors import NotFound
from server.inpatient.admissions import AdmissionService
from server.inpatient.model import DEPOSIT, Admission, Stay
from server.inpatient.ports import DepositPaid
from server.inpatient.rules.deposits import must_be_taken
from server.inpatient.texts import DEPOSIT_TEXTS
from server.patients.model import Session
from server.payments.his_trades import HisTrades, paid_facts
from server.payments.hospital import Hospital
from server.payments.model import Booking, Payment
from server.payments.purpose import Quote, QuotedPart
from server.payments.subject import Charge, Subject


class DepositPurpose(HisTrades):
    """A deposit claims nothing: it may be paid in as often as the HIS takes more."""

    name = DEPOSIT
    texts = DEPOSIT_TEXTS

    def __init__(self, hospitals: Mapping[str, Hospital], admissions: AdmissionService) -> None:
        super().__init__(hospitals)
        self._admissions = admissions

    async def quote(self, session: Session, chosen: Sequence[str]) -> Quote:
        """``chosen`` is the admission's key and the amount in fen. Raises BadInput with the HIS's reason for more than it takes."""
        if len(chosen) != 2 or not chosen[1].isdecimal():
            raise NotFound("no admission and amount chosen", user_message="没有选择住院和金额，请从住院列表进入。")
        amount_fen = int(chosen[1])
        known, quoted = await self._admissions.deposit_quote(session, chosen[0])
        must_be_taken(known.admission.state, quoted, amount_fen)
        return Quote(
            parts=(QuotedPart(amount_fen=amount_fen),),
            claims=(),
            description=f"{self._hospitals[session.hospital].name} {self.texts.title}",
            patient_name=known.admission.patient_name,
            card_no=known.admission.card_no,
            subject=subject_of(known.admission, amount_fen),
        )

    async def book(self, payment: Payment) -> Booking:
        paid = DepositPaid(stay=stay_of(payment), **paid_facts(payment))
        return await self._admissions.system(payment.hospital).deposit_confirm(paid)


def subject_of(admission: Admission, amount_fen: int) -> Subject:
    """The admission as a payment keeps it: the number among the charges, which stay it is among the facts."""
    charge = Charge(
        number=admission.stay.admission_no,
        kind=DEPOSIT,
        department=admission.department,
        doctor=admission.doctor,
        issued_at=admission.admitted_at,
        own_fen=amount_fen,
    )
    return Subject(charges=(charge,), facts=str(admission.stay.count))


def stay_of(payment: Payment) -> Stay:
    subject = payment.personal.subject
    return Stay(admission_no=subject.numbers[0], count=int(subject.facts))
