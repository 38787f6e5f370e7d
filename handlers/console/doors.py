"""The console's addresses, hung into the route table by `server/application`."""

from __future__ import annotations

from tornado.web import RequestHandler

from handlers.console import login, manual, payments, phone

_PAYMENT = r"/console/payments/(?P<payment_id>[0-9A-Za-z]{1,32})"


def doors(hospital_pages: str) -> list[tuple[str, str, type[RequestHandler]]]:
    """(name, pattern, handler); ``hospital_pages`` is the pattern of ``/h/{hospital}``, below which the phone's page lies."""
    return [
        ("console_phone", rf"{hospital_pages}/staff/console/(?P<code>[0-9A-Z]{{1,16}})", phone.PhoneDoor),
        ("console", r"/console/?", login.HomeDoor),
        ("console_login", r"/console/login", login.LoginDoor),
        ("console_login_state", r"/console/login/state", login.LoginStateDoor),
        ("console_logout", r"/console/logout", login.LogoutDoor),
        ("console_payments", r"/console/payments", payments.PaymentsDoor),
        ("console_waiting", r"/console/payments/waiting", payments.WaitingDoor),
        ("console_payment", _PAYMENT, payments.PaymentDoor),
        ("console_ask", rf"{_PAYMENT}/ask", payments.AskDoor),
        ("console_manual", r"/console/manual", manual.ManualDoor),
    ]
