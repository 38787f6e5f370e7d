"""A hospital's file and its HIS → what it offers in registrations, and under which rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import cast

from server.app.configuration.hospital_file import HospitalFile
from server.app.configuration.registration import PayAtWindow, Registration
from server.payments.hospital import Hospital
from server.platforms.his.registration import AskingOfPatients, HisRegistration
from server.registration.ports import Offers, RegistrationOffer
from server.registration.rules.at_window import WindowRule
from server.registration.rules.being_here import Site
from server.registration.rules.hospital_rules import CancelUntil, DepartmentAges, Most, Pause, RegistrationRules


def registration_offers(files: Iterable[HospitalFile], hospitals: Mapping[str, Hospital]) -> Offers:
    """By hospital; one without the section takes no registrations here. `Hospital.his` says less than its adapter can."""
    return {
        file.id: RegistrationOffer(
            system=HisRegistration(cast(AskingOfPatients, hospitals[file.id].his)),
            rules=registration_rules(file.registration),
            lists_doctors=file.registration.doctors,
            has_waiting_lists=file.registration.waiting_lists,
            at_window=_window_rule(file.registration.pay_at_window),
            sites=tuple(Site(**site.model_dump()) for site in file.registration.check_in_places),
        )
        for file in files
        if file.registration is not None
    }


def _window_rule(section: PayAtWindow | None) -> WindowRule | None:
    if section is None:
        return None
    before = timedelta(minutes=section.before_minutes)
    return WindowRule(place=section.place, before=before, departments=frozenset(section.departments))


def registration_rules(section: Registration) -> RegistrationRules:
    hours, until = section.closed, section.cancel_until
    return RegistrationRules(
        days_ahead=section.days_ahead,
        released_at=section.released_at,
        closed=None if hours is None else (hours.first, hours.last),
        real_name=section.real_name,
        one_a_day=section.one_a_day,
        open_most=section.open_most,
        taken_most=None if section.taken_most is None else Most(**section.taken_most.model_dump()),
        missed=None if section.missed is None else Pause(**section.missed.model_dump()),
        cancelled=None if section.cancelled is None else Pause(**section.cancelled.model_dump()),
        guardian_under=section.guardian_under,
        guardian_bound=section.guardian_bound,
        cancel_before=timedelta(minutes=section.cancel_before_minutes),
        cancel_until=None if until is None else CancelUntil(days_before=until.days_before, at=until.at),
        ages=tuple((number, DepartmentAges(least=one.least, most=one.most)) for number, one in section.ages.items()),
        words=MappingProxyType(dict(section.words)),
    )
