"""The console's addresses, hung into the route table by `server/app/routes`."""

from __future__ import annotations

from tornado.web import RequestHandler

from handlers.console import alerts, audit, endings, login, manual, money, payments, phone, refunds, staff

_PAYMENT = r"/console/payments/(?P<payment_id>[0-9A-Za-z]{1,32})"
_REFUND = r"/console/refunds/(?P<refund_no>[0-9A-Za-z]{1,40})"
_NUMBER = r"(?P<number>[0-9A-Za-z]{1,20})"


def doors(hospital_pages: str) -> list[tuple[str, str, type[RequestHandler]]]:
    """(name, pattern, handler); ``hospital_pages`` is the pattern of ``/h/{hospital}``, below which the phone's page lies."""
    return [
        ("console_phone", rf"{hospital_pages}/staff/console/(?P<ticket>[0-9A-Za-z._-]{{1,1000}})", phone.PhoneDoor),
        ("console", r"/console/?", login.HomeDoor),
        ("console_login", r"/console/login", login.LoginDoor),
        ("console_login_state", r"/console/login/state", login.LoginStateDoor),
        ("console_logout", r"/console/logout", login.LogoutDoor),
        ("console_payments", r"/console/payments", payments.PaymentsDoor),
        ("console_waiting", r"/console/payments/waiting", payments.WaitingDoor),
        ("console_views", r"/console/payments/views", payments.ViewsDoor),
        ("console_export", r"/console/payments/export", payments.ExportDoor),
        ("console_payment", _PAYMENT, payments.PaymentDoor),
        ("console_ask", rf"{_PAYMENT}/ask", payments.AskDoor),
        ("console_ending", rf"{_PAYMENT}/end", endings.EndingDoor),
        ("console_refund", rf"{_PAYMENT}/refund", refunds.RefundDoor),
        ("console_decide", rf"{_REFUND}/(?P<action>agree|reject)", refunds.DecideDoor),
        ("console_withdraw", rf"{_REFUND}/withdraw", refunds.WithdrawDoor),
        ("console_confirm", r"/console/confirm/(?P<ticket>[0-9A-Z]{1,40})", refunds.ConfirmDoor),
        ("console_alerts", r"/console/alerts", alerts.AlertsDoor),
        ("console_money", r"/console/money", money.MoneyDoor),
        ("console_staff", r"/console/staff", staff.StaffDoor),
        ("console_invite", r"/console/staff/invite", staff.InviteDoor),
        ("console_employee", rf"/console/staff/employee/{_NUMBER}", staff.EmployeeDoor),
        (
            "console_employee_act",
            rf"/console/staff/employee/{_NUMBER}/(?P<action>leave|propose|agree|apart)",
            staff.ActDoor,
        ),
        ("console_audit", r"/console/audit", audit.AuditDoor),
        ("console_verify", r"/console/audit/verify", audit.VerifyDoor),
        ("console_manual", r"/console/manual", manual.ManualDoor),
    ]
