"""The use cases of registration, put together."""

from __future__ import annotations

from dataclasses import dataclass

from server.core.ports import Clock
from server.patients.ports import CardStore, PersonStore
from server.payments.ledger import Transitions
from server.payments.ports import PaymentStore
from server.payments.purpose import Purposes
from server.payments.service import PaymentService
from server.registration.appointments import AppointmentService
from server.registration.at_window import WindowPayments
from server.registration.cancelling import CancelService
from server.registration.clinic_changes import ClinicChanges
from server.registration.favourites import FavouriteService
from server.registration.model import REGISTRATION
from server.registration.ports import Offers
from server.registration.previewing import RulesPreview
from server.registration.queueing import QueueService
from server.registration.schedules import ScheduleService
from server.registration.waiting import WaitingService


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationServices:
    schedules: ScheduleService
    appointments: AppointmentService
    cancelling: CancelService
    clinics: ClinicChanges
    at_window: WindowPayments
    previews: RulesPreview
    queues: QueueService
    favourites: FavouriteService
    waiting: WaitingService


def registration_services(
    offers: Offers,
    purposes: Purposes,
    payments: PaymentService,
    store: PaymentStore,
    people: PersonStore,
    cards: CardStore,
    transitions: Transitions,
    favourites: FavouriteService,
    waiting: WaitingService,
    clock: Clock,
) -> RegistrationServices:
    appointments = AppointmentService(offers, payments, clock)
    return RegistrationServices(
        schedules=ScheduleService(offers, clock),
        appointments=appointments,
        cancelling=CancelService(purposes[REGISTRATION], appointments, transitions, clock),
        clinics=ClinicChanges(store, transitions, clock),
        at_window=WindowPayments(offers, store, transitions, clock),
        previews=RulesPreview(offers, store, people, cards, clock),
        queues=QueueService(offers, appointments),
        favourites=favourites,
        waiting=waiting,
    )
