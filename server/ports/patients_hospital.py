"""A hospital as the patients' side of Zhenfu needs it: how its patients come in, and who its HIS says they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from server.domain.people import Patient, PayerIdentity
from server.ports.mini_program import MiniProgram
from server.ports.people import Identity, Sms


class PatientDirectory(Protocol):
    """The HIS, as far as it knows who its patients are."""

    async def patient(self, card_no: str) -> Patient | None:
        """The patient of a card, or None. Raises OutsideRefusal, OutcomeUnknown, NotSent."""


class PatientsHospital(Protocol):
    """``public_url`` is where patients reach us, without a trailing slash. ``card_unused_max``: a binding of a card that lay unused for
    longer has ended.
    """

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def public_url(self) -> str: ...

    @property
    def card_unused_max(self) -> timedelta: ...

    @property
    def identities(self) -> Mapping[str, Identity]: ...

    @property
    def mini_program(self) -> MiniProgram | None: ...

    @property
    def sms(self) -> Sms | None: ...

    @property
    def his(self) -> PatientDirectory: ...

    def mini_program_of(self, identity: PayerIdentity) -> MiniProgram | None:
        """The mini-program, if that is the app on which this person is known by this identity."""
