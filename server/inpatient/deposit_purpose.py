"""住院预交金: a deposit behind the contract of purposes (server/payments/purpose.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from server.core.errors import NotFound
from server.inpatient.admissions import AdmissionService
from server.inpatient.model import DEPOSIT, Admission, Stay
from server.inpatient.ports import DepositPaid
from server.inpatient.rules.deposits import must_be_taken
from server.inpatient.texts import DEPOSIT_TEXTS
from server.inpatient.wristbands import WristbandService
from server.patients.model import WRISTBAND, Origin, Session
from server.payments.his_trades import HisTrades, paid_facts
from server.payments.hospital import Hospital
from server.payments.model import Booking, Payment
from server.payments.purpose import Quote, QuotedPart
from server.payments.subject import Charge, Subject

NOTHING_CHOSEN = "没有选择住院和金额，请从住院列表进入。"


class DepositPurpose(HisTrades):
    """A deposit claims nothing: it may be paid in as often as the HIS takes more."""

    name = DEPOSIT
    texts = DEPOSIT_TEXTS

    def __init__(
        self, hospitals: Mapping[str, Hospital], admissions: AdmissionService, wristbands: WristbandService
    ) -> None:
        super().__init__(hospitals)
        self._admissions = admissions
        self._wristbands = wristbands

    async def quote(self, session: Session, chosen: Sequence[str]) -> Quote:
        """``chosen`` is the admission's key, or `WRISTBAND` and a wristband's seal; then the amount in fen. Raises BadInput with the HIS's
        reason for more than it takes, and NotFound where nothing is chosen that this session may pay for.
        """
        *named, amount = chosen or ("",)
        if not amount.isdecimal():
            raise NotFound("no amount chosen", user_message=NOTHING_CHOSEN)
        amount_fen = int(amount)
        admission, origin = await self._named(session, named)
        quoted = await self._admissions.system(session.hospital).deposit_quote(admission.stay)
        must_be_taken(admission.state, quoted, amount_fen)
        return Quote(
            parts=(QuotedPart(amount_fen=amount_fen),),
            claims=(),
            description=f"{self._hospitals[session.hospital].name} {self.texts.title}",
            patient_name=admission.patient_name,
            card_no=admission.card_no,
            subject=subject_of(admission, amount_fen),
            origin=origin,
        )

    async def _named(self, session: Session, named: Sequence[str]) -> tuple[Admission, Origin | None]:
        """The admission as whoever pays may know it, and where the payment began if a wristband says so."""
        match named:
            case [key]:
                return (await self._admissions.one(session, key)).admission, None
            case [word, sealed] if word == WRISTBAND:
                admission = await self._wristbands.admission(session.hospital, sealed)
                return replace(admission, department="", doctor=""), Origin(entrance=WRISTBAND)
        raise NotFound("no admission chosen", user_message=NOTHING_CHOSEN)

    async def book(self, payment: Payment) -> Booking:
        paid = DepositPaid(stay=stay_of(payment), **paid_facts(payment))
        return _without_patient(payment, await self._admissions.system(payment.hospital).deposit_confirm(paid))

    async def check(self, payment: Payment) -> Booking | None:
        found = await super().check(payment)
        return None if found is None else _without_patient(payment, found)


def _without_patient(payment: Payment, booking: Booking) -> Booking:
    """Whoever paid by the wristband must not read the HIS's guide, which says in which ward the patient lies, nor the receipt with the full name."""
    return replace(booking, guide_text="", receipt_url="") if payment.origin.entrance == WRISTBAND else booking


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
