"""The doors of registration, for the route table."""

from __future__ import annotations

from tornado.web import RequestHandler

from handlers.base.addresses import HIS_NUMBER, POINT
from handlers.patient import registration


def doors(base: str) -> list[tuple[str, str, type[RequestHandler]]]:
    """(name in logs and metrics, pattern, handler). ``base`` is the pattern of a hospital's pages."""
    own, shift = f"{base}/registration", rf"{base}/registration/shifts/(?P<schedule_no>{HIS_NUMBER})"
    doctor = rf"{own}/departments/(?P<department_no>{HIS_NUMBER})/doctors/(?P<doctor_no>{HIS_NUMBER})"
    payment, point = r"(?P<payment_id>[0-9A-Za-z]{1,32})", f"(?P<point>{POINT})"
    return [
        ("registration", own, registration.DepartmentsHandler),
        (
            "registration_department",
            rf"{own}/departments/(?P<department_no>{HIS_NUMBER})",
            registration.DepartmentHandler,
        ),
        ("registration_doctor", doctor, registration.DoctorHandler),
        ("registration_favourite", f"{doctor}/favourite", registration.FavouriteHandler),
        ("registration_shift", shift, registration.ShiftHandler),
        ("registration_wait", f"{shift}/list/(?P<act>wait|leave)", registration.WaitHandler),
        ("registration_number", rf"{shift}/(?P<slot_no>{HIS_NUMBER})", registration.NumberHandler),
        ("registration_take", f"{own}/numbers", registration.RegisterHandler),
        ("appointments", f"{base}/appointments", registration.AppointmentsHandler),
        ("appointment_cancel", f"{base}/appointments/{payment}/cancel", registration.CancelHandler),
        ("appointment_queue", f"{base}/appointments/{payment}/queue", registration.QueueHandler),
        ("appointment_check_in", f"{base}/appointments/{payment}/check-in", registration.CheckInHandler),
        ("check_in_point", f"{base}/check-in/{point}", registration.CheckInPointHandler),
        ("appointment_rebook", f"{base}/appointments/{payment}/rebook", registration.RebookHandler),
    ]
