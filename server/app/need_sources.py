"""What stands on the first page: every capability that says what patients need now. A new one is one line here."""

from __future__ import annotations

from server.app.registration_services import RegistrationServices
from server.app.report_services import ReportServices
from server.app.services import Adapters, Shared
from server.inpatient.needs import InpatientNeeds
from server.needs.service import NeedService
from server.old_balances.needs import OldBalanceNeeds
from server.payments.needs import PaymentNeeds
from server.payments.purposes.bills.needs import BillNeeds
from server.payments.service import PaymentService
from server.registration.needs import RegistrationNeeds
from server.reports.needs import ReportNeeds


def need_service(
    adapters: Adapters,
    shared: Shared,
    payments: PaymentService,
    registration: RegistrationServices,
    reports: ReportServices,
) -> NeedService:
    """Further ways stand on the page in the order of the sources."""
    sources = (
        RegistrationNeeds(adapters.registration, registration.appointments, registration.waiting),
        ReportNeeds(reports.own),
        InpatientNeeds(shared.admissions),
        PaymentNeeds(payments, shared.purposes),
        BillNeeds(shared.bills),
        OldBalanceNeeds(shared.old_balances, adapters.clock),
    )
    return NeedService(sources, shared.cards_in_use, adapters.sealer, adapters.clock)
