"""The console's addresses, hung into the route table by `server/app/routes`."""

from __future__ import annotations

from tornado.web import RequestHandler

from handlers.console import (
    alerts,
    audit,
    balances,
    bank,
    days,
    differences,
    endings,
    figures,
    login,
    manual,
    money,
    payments,
    phone,
    refunds,
    staff,
    tampered,
)

_PAYMENT = r"/console/payments/(?P<payment_id>[0-9A-Za-z]{1,32})"
_REFUND = r"/console/refunds/(?P<refund_no>[0-9A-Za-z]{1,40})"
_NUMBER = r"(?P<number>[0-9A-Za-z]{1,20})"


def doors(hospital_pages: str) -> list[tuple[str, str, type[RequestHandler]]]:
    """(name, pattern, handler); ``hospital_pages`` is the pattern of ``/h/{hospital}``, below which the phone's page lies."""
    return [
        ("console_phone", rf"{hospital_pages}/staff/console/(?P<ticket>[0-9A-Za-z._-]{{1,1000}})", phone.PhoneHandler),
        ("console", r"/console/?", login.HomeHandler),
        ("console_login", r"/console/login", login.LoginHandler),
        ("console_login_state", r"/console/login/state", login.LoginStateHandler),
        ("console_logout", r"/console/logout", login.LogoutHandler),
        ("console_payments", r"/console/payments", payments.PaymentsHandler),
        ("console_waiting", r"/console/payments/waiting", payments.WaitingHandler),
        ("console_views", r"/console/payments/views", payments.ViewsHandler),
        ("console_export", r"/console/payments/export", payments.ExportHandler),
        ("console_payment", _PAYMENT, payments.PaymentHandler),
        ("console_ask", rf"{_PAYMENT}/ask", payments.AskHandler),
        ("console_ending", rf"{_PAYMENT}/end", endings.EndingHandler),
        ("console_tampered", rf"{_PAYMENT}/accept", tampered.TamperedHandler),
        ("console_refund", rf"{_PAYMENT}/refund", refunds.RefundHandler),
        ("console_decide", rf"{_REFUND}/(?P<action>agree|reject)", refunds.DecideHandler),
        ("console_withdraw", rf"{_REFUND}/withdraw", refunds.WithdrawHandler),
        ("console_confirm", r"/console/confirm/(?P<ticket>[0-9A-Z]{1,40})", refunds.ConfirmHandler),
        ("console_alerts", r"/console/alerts", alerts.AlertsHandler),
        *_money(),
        ("console_days", r"/console/reconciliation", days.MonthHandler),
        ("console_differences", r"/console/reconciliation/differences", differences.DifferencesHandler),
        ("console_bank", r"/console/reconciliation/bank", bank.BankHandler),
        ("console_day", r"/console/reconciliation/(?P<day_id>[a-z0-9_-]{1,60})", days.DayHandler),
        ("console_figures", r"/console/figures", figures.FiguresHandler),
        ("console_figure_file", r"/console/figures/file", figures.FigureFileHandler),
        ("console_staff", r"/console/staff", staff.StaffHandler),
        ("console_invite", r"/console/staff/invite", staff.InviteHandler),
        ("console_employee", rf"/console/staff/employee/{_NUMBER}", staff.EmployeeHandler),
        (
            "console_employee_act",
            rf"/console/staff/employee/{_NUMBER}/(?P<action>leave|propose|agree|apart)",
            staff.ActHandler,
        ),
        ("console_audit", r"/console/audit", audit.AuditHandler),
        ("console_verify", r"/console/audit/verify", audit.VerifyHandler),
        ("console_manual", r"/console/manual", manual.ManualHandler),
    ]


def _money() -> list[tuple[str, str, type[RequestHandler]]]:
    return [
        ("console_money", r"/console/money", money.MoneyHandler),
        ("console_unclaimed", r"/console/money/one", money.UnclaimedHandler),
        ("console_unreached", r"/console/money/balances", balances.UnreachedHandler),
        ("console_unreached_file", r"/console/money/balances/file", balances.UnreachedFileHandler),
    ]
