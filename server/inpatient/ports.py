"""What inpatients need of the HIS, beside what every payment needs of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from server.inpatient.model import Admission, DayList, DepositQuote, Presettlement, Stay
from server.patients.cards import CodeSent
from server.patients.model import Session
from server.payments.his_ports import Paid
from server.payments.model import Booking
from server.refunds.model import Deposit


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositPaid(Paid):
    """What the HIS is told of a paid deposit (docs/his-interface.md, deposit.confirm)."""

    stay: Stay


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementPaid(Paid):
    """What the HIS is told when the patient settles (docs/his-interface.md, discharge.settle). ``number`` is that of the presettlement;
    ``amount_fen`` is 0 with the channel ``none`` where nothing was to pay.
    """

    stay: Stay
    number: str


class InpatientSystem(Protocol):
    """The HIS as it looks after inpatients. Everything raises OutsideRefusal, OutcomeUnknown, NotSent."""

    async def admission(self, admission_no: str) -> Admission | None:
        """The newest stay under this number."""

    async def admissions(self, card_no: str) -> Sequence[Admission]:
        """The stays of a card's patient that are not settled, and those settled lately; the newest first."""

    async def day_list(self, stay: Stay, day: date) -> DayList | None: ...

    async def deposits(self, stay: Stay) -> Sequence[Deposit]:
        """Newest first."""

    async def deposit_quote(self, stay: Stay) -> DepositQuote: ...

    async def deposit_confirm(self, paid: DepositPaid) -> Booking:
        """The same number with the same content gets the first result again."""

    async def presettle(self, stay: Stay) -> Presettlement:
        """Raises OutsideRefusal with its words while nothing can be settled."""

    async def settle(self, paid: SettlementPaid) -> Booking:
        """The same number with the same content gets the first result again."""


InpatientSystems = Mapping[str, InpatientSystem]
"""By hospital; one whose HIS does not look after inpatients this way is not in it."""


class CardCodes(Protocol):
    """`CardService`, as far as an admission is bound by it."""

    async def send_code(self, session: Session, card_no: str, name: str) -> CodeSent: ...
