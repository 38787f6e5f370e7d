"""The API's addresses, the source of the routes and of the OpenAPI document."""

from __future__ import annotations

from handlers.api import (
    appointments,
    balances,
    bills,
    cards,
    discharge,
    doctors,
    inpatient,
    needs,
    payments,
    people,
    registration,
    reports,
    waits,
    wristbands,
)
from handlers.api.door import ApiHandler
from handlers.base.addresses import HIS_NUMBER, OPAQUE_KEY

BASE = "/api/v1"
PARTS = {
    "hospital": r"[a-z0-9-]{1,40}",
    "card_key": r"[0-9a-f]{1,64}",
    "binding_key": r"[0-9a-f]{1,64}",
    "bill_no": r"[^/]{1,200}",
    "out_trade_no": r"[0-9A-Za-z]{1,32}",
    "department_no": HIS_NUMBER,
    "doctor_no": HIS_NUMBER,
    "schedule_no": HIS_NUMBER,
    "slot_no": HIS_NUMBER,
    "admission_key": OPAQUE_KEY,
    "report_key": OPAQUE_KEY,
    "balance_key": OPAQUE_KEY,
    "item_no": HIS_NUMBER,
    "file_no": HIS_NUMBER,
    "day": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
}
DOORS: tuple[tuple[str, str, type[ApiHandler]], ...] = (
    ("api_session", "/session", people.SessionHandler),
    ("api_rotation", "/session/rotation", people.RotationHandler),
    ("api_me", "/me", people.MeHandler),
    ("api_phone", "/me/phone", people.PhoneHandler),
    ("api_home", "/home", needs.HomeHandler),
    ("api_member_home", "/home/{card_key}", needs.HomeHandler),
    ("api_scans", "/scans", people.ScansHandler),
    ("api_cards", "/cards", cards.CardsHandler),
    ("api_card_codes", "/cards/codes", cards.CardCodesHandler),
    ("api_card", "/cards/{card_key}", cards.CardHandler),
    ("api_card_relation", "/cards/{card_key}/relation", cards.CardRelationHandler),
    ("api_bindings", "/cards/{card_key}/bindings", cards.BindingsHandler),
    ("api_binding", "/cards/{card_key}/bindings/{binding_key}", cards.BindingHandler),
    ("api_bills", "/bills", bills.BillsHandler),
    ("api_bill", "/bills/{bill_no}", bills.BillHandler),
    ("api_payments", "/payments", payments.PaymentsHandler),
    ("api_payment", "/payments/{out_trade_no}", payments.PaymentHandler),
    ("api_call", "/payments/{out_trade_no}/call", payments.CallHandler),
    ("api_departments", "/registration/departments", registration.DepartmentsHandler),
    ("api_department", "/registration/departments/{department_no}", registration.DepartmentHandler),
    ("api_doctors", "/registration/doctors", doctors.DoctorsHandler),
    ("api_doctor", "/registration/departments/{department_no}/doctors/{doctor_no}", doctors.DoctorHandler),
    (
        "api_favourite",
        "/registration/departments/{department_no}/doctors/{doctor_no}/favourite",
        doctors.FavouriteHandler,
    ),
    ("api_shift", "/registration/shifts/{schedule_no}", registration.ShiftHandler),
    ("api_number", "/registration/shifts/{schedule_no}/numbers/{slot_no}", registration.NumberHandler),
    ("api_waits", "/waits", waits.WaitsHandler),
    ("api_wait", "/waits/{schedule_no}/{card_key}", waits.WaitHandler),
    ("api_appointments", "/appointments", appointments.AppointmentsHandler),
    ("api_appointment", "/appointments/{out_trade_no}", appointments.AppointmentHandler),
    ("api_cancellation", "/appointments/{out_trade_no}/cancellation", appointments.CancellationHandler),
    ("api_rebooking", "/appointments/{out_trade_no}/rebooking", appointments.RebookingHandler),
    ("api_queue", "/appointments/{out_trade_no}/queue", appointments.QueueHandler),
    ("api_check_in", "/appointments/{out_trade_no}/check-in", appointments.CheckInHandler),
    ("api_admissions", "/admissions", inpatient.AdmissionsHandler),
    ("api_admission_codes", "/admissions/codes", inpatient.AdmissionCodesHandler),
    ("api_admission", "/admissions/{admission_key}", inpatient.AdmissionHandler),
    ("api_admission_today", "/admissions/{admission_key}/days", inpatient.DayHandler),
    ("api_admission_day", "/admissions/{admission_key}/days/{day}", inpatient.DayHandler),
    ("api_deposits", "/admissions/{admission_key}/deposits", inpatient.DepositsHandler),
    ("api_top_up", "/admissions/{admission_key}/deposit", inpatient.TopUpHandler),
    ("api_discharge", "/admissions/{admission_key}/discharge", discharge.DischargeHandler),
    ("api_wristband", "/wristbands", wristbands.WristbandHandler),
    ("api_wristband_deposit", "/wristbands/deposit", wristbands.WristbandDepositHandler),
    ("api_balances", "/balances", balances.BalancesHandler),
    ("api_balance", "/balances/{balance_key}", balances.BalanceHandler),
    ("api_balance_return", "/balances/{balance_key}/return", balances.BalanceReturnHandler),
    ("api_reports", "/reports", reports.ReportsHandler),
    ("api_report", "/reports/{report_key}", reports.ReportHandler),
    ("api_report_codes", "/reports/{report_key}/codes", reports.ReportCodesHandler),
    ("api_report_opening", "/reports/{report_key}/opening", reports.OpeningHandler),
    ("api_report_share", "/reports/{report_key}/share", reports.ShareHandler),
    ("api_report_file", "/reports/{report_key}/files/{file_no}", reports.FileHandler),
    ("api_report_values", "/reports/{report_key}/values/{item_no}", reports.ValuesHandler),
    ("api_notices", "/notices", people.NoticesHandler),
    ("api_subscriptions", "/subscriptions", people.SubscriptionsHandler),
)


def pattern(path: str) -> str:
    for name, shape in PARTS.items():
        path = path.replace("{" + name + "}", f"(?P<{name}>{shape})")
    return path
