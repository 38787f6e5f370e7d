"""The use cases of registration, put together."""

from __future__ import annotations

from dataclasses import dataclass

from server.core.ports import Clock
from server.payments.ledger import Transitions
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
from server.storage.stores import Stores


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
    stores: Stores,
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
        clinics=ClinicChanges(stores.payments, transitions, clock),
        at_window=WindowPayments(offers, stores.payments, transitions, clock),
        previews=RulesPreview(offers, stores.payments, stores.people, stores.cards, clock),
        queues=QueueService(offers, appointments),
        favourites=favourites,
        waiting=waiting,
    )
