"""A hospital's file and its HIS → what it offers in registrations, and under which rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import cast

from server.app.configuration.hospital_file import HospitalFile
from server.app.configuration.registration import Registration
from server.payments.hospital import Hospital
from server.platforms.his.registration import AskingOfPatients, HisRegistration
from server.registration.ports import Offers, RegistrationOffer
from server.registration.rules.hospital_rules import DepartmentAges, RegistrationRules


def registration_offers(files: Iterable[HospitalFile], hospitals: Mapping[str, Hospital]) -> Offers:
    """By hospital; one without the section takes no registrations here. `Hospital.his` says less than its adapter can."""
    return {
        file.id: RegistrationOffer(
            system=HisRegistration(cast(AskingOfPatients, hospitals[file.id].his)),
            rules=registration_rules(file.registration),
        )
        for file in files
        if file.registration is not None
    }


def registration_rules(section: Registration) -> RegistrationRules:
    return RegistrationRules(
        days_ahead=section.days_ahead,
        released_at=section.released_at,
        one_a_day=section.one_a_day,
        cancel_before=timedelta(minutes=section.cancel_before_minutes),
        ages=tuple((number, DepartmentAges(least=one.least, most=one.most)) for number, one in section.ages.items()),
    )
