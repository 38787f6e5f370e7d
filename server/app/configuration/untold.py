"""Of what a hospital's patients hear nothing, because its file has no template for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from server.app.configuration.hospital_file import HospitalFile
from server.inpatient.low_deposits import LOW_DEPOSIT
from server.inpatient.texts import LOW
from server.old_balances.telling import OLD_BALANCE
from server.old_balances.texts import TO_GIVE_BACK
from server.payments.rules.telling import (
    BOOKING_CHANGED,
    PAYMENT_BOOKED,
    PAYMENT_CONFIRMED,
    PAYMENT_ELSEWHERE,
    PAYMENT_LAPSED,
    PAYMENT_LATE,
    PAYMENT_NOT_BOOKED,
    PAYMENT_RETURNED,
    PAYMENT_RETURNING,
    REFUND_ACCEPTED,
    REFUND_ARRIVED,
)
from server.payments.texts import MESSAGES
from server.registration.texts import OFFERED_TITLE
from server.registration.waiting import NUMBER_OFFERED
from server.reports.telling import REPORT_READY
from server.reports.texts import READY


def _of_payments(*purposes: str) -> Mapping[str, str]:
    return {purpose: MESSAGES[purpose] for purpose in purposes}


TO_PATIENTS = _of_payments(
    PAYMENT_BOOKED, PAYMENT_CONFIRMED, PAYMENT_NOT_BOOKED, PAYMENT_LATE,
    PAYMENT_RETURNING, PAYMENT_RETURNED, REFUND_ACCEPTED, REFUND_ARRIVED,
)  # fmt: skip
"""Every purpose of a message to a payer, and what it says."""
OF_REPORTS: Mapping[str, str] = {REPORT_READY: READY}
"""What the patients of a hospital that shows reports are told."""
OF_OLD_BALANCES: Mapping[str, str] = {OLD_BALANCE: TO_GIVE_BACK}
"""What those are told on whose card an old balance lies."""
OF_INPATIENTS: Mapping[str, str] = {LOW_DEPOSIT: LOW}
"""What the relatives of inpatients are told."""
OF_REGISTRATION = _of_payments(BOOKING_CHANGED)
"""What the patients of a hospital that takes registrations are told, too."""

OF_WINDOWS = _of_payments(PAYMENT_ELSEWHERE, PAYMENT_LAPSED)
"""What those are told who pay for a number at the window."""
OF_WAITING_LISTS: Mapping[str, str] = {NUMBER_OFFERED: OFFERED_TITLE}
"""What those who wait for a number of a full shift are told."""


def untold_anyhow(file: HospitalFile) -> list[str]:
    """A sentence for every purpose that has no template in any table of the file; empty when each has one."""
    ways = _ways(file)
    of_reports = {} if file.reports is None else OF_REPORTS
    of_inpatients = OF_INPATIENTS if file.his.inpatient else {}
    of_balances = OF_OLD_BALANCES if file.his.old_balances else {}
    of_registration = {} if file.registration is None else OF_REGISTRATION
    of_waiting = OF_WAITING_LISTS if file.registration is not None and file.registration.waiting_lists else {}
    of_windows = OF_WINDOWS if file.registration is not None and file.registration.pay_at_window else {}
    offered = {**of_reports, **of_inpatients, **of_balances, **of_registration, **of_waiting, **of_windows}
    return [
        f"{file.id}: patients are told nothing of {purpose} {words} 没有通知: no template in {_tables(ways)}"
        for purpose, words in {**TO_PATIENTS, **offered}.items()
        if not any(purpose in templates for templates in ways.values())
    ]


def untold_by_one(file: HospitalFile) -> list[str]:
    """A sentence for every table that lacks what another one has: people with that entrance alone hear nothing of it."""
    ways = _ways(file)
    told = {purpose for templates in ways.values() for purpose in templates}
    lacking = {
        table: [purpose for purpose in TO_PATIENTS if purpose in told and purpose not in templates]
        for table, templates in ways.items()
    }
    return [
        f"{file.id}: [{table}] has no template for {', '.join(purposes)}: told by the other ways only"
        for table, purposes in lacking.items()
        if purposes
    ]


def _ways(file: HospitalFile) -> dict[str, Collection[str]]:
    """The tables of templates of the entrances that this hospital has, with their purposes."""
    ways: dict[str, Collection[str]] = {}
    if file.wechat.official_account is not None:
        ways["wechat.templates"] = file.wechat.templates
    if file.wechat.miniprogram is not None:
        ways["wechat.miniprogram.templates"] = file.wechat.miniprogram.templates
    if file.alipay is not None and file.alipay.life_account:
        ways["alipay.templates"] = file.alipay.templates
    if file.sms is not None:
        ways["sms.templates"] = file.sms.templates
    return ways


def _tables(ways: Mapping[str, Collection[str]]) -> str:
    return ", ".join(f"[{table}]" for table in ways) or "any way, since the file has none"
