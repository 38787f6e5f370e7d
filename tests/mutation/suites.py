"""Which modules are broken, and which tests are nearest to each: those that import it, and what stands beside it here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tests.mutation.neighbours import PASSED_OVER, near_modules
from tests.mutation.reconciled import STATEMENTS, USE_CASES

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "tests" / "unit"
MONEY = (
    "tests/unit/payments/test_money_arrives.py",
    "tests/unit/payments/test_closed_payments.py",
    "tests/unit/refunds/test_refund_desk.py",
    "tests/unit/refunds/test_refund_limits.py",
    "tests/unit/refunds/test_refunds_confirmed_at_once.py",
    "tests/unit/refunds/test_effects.py",
)
WORDS = (
    "tests/unit/messages/test_truth_of_messages.py",
    "tests/unit/messages/test_telling.py",
    "tests/unit/messages/test_chat_account.py",
    "tests/unit/refunds/test_refund_messages.py",
)


def _files(folder: str, *names: str) -> tuple[str, ...]:
    return tuple(f"tests/unit/{folder}/test_{name}.py" for name in names)


def _folder(name: str) -> tuple[str, ...]:
    """All test files that stand in one folder of `UNIT`, without those of many seeds."""
    found = (path for path in sorted((UNIT / name).glob("test_*.py")) if not path.name.endswith(PASSED_OVER))
    return tuple(str(path.relative_to(ROOT)) for path in found)


WIRES = _files("platforms", "missing_fields", "bounds_of_wires", "field_limits")
ALIPAY = (
    *_files("platforms/alipay", "answers", "any_answer", "refusals", "signing"),
    *_files("platforms/alipay", "channel", "channel_refunds", "notifications", "bank_notifications"),
    *WIRES,
)
WECHAT_PAY = (
    *_files("platforms", "wechat_pay_channel", "wechat_pay_order_answers", "wechat_pay_refunds"),
    *_files("platforms", "wechat_pay_notifications", "wechat_pay_signing"),
    *WIRES,
)
HIS = (*_files("platforms", "his", "his_bills", "his_requests", "his_day_list"), *WIRES)
SMS = _files("platforms", "sms", "sms_links", "sms_reports", "bounds_of_wires", "field_limits")
RETURNING = _files("payments", "returning", "returning_under_way")
UNCLAIMED = _files("payments", "unclaimed", "unclaimed_people")
REGISTRATION = (*_folder("registration"), *_files("platforms", "his_registration"))
ENDINGS = (*_folder("payments"), *_files("console", "endings"), *_files("reconciliation", "asking_his"), *MONEY)
MORE: dict[str, tuple[str, ...]] = {
    "server.platforms.alipay.pay.wire": ALIPAY,
    "server.platforms.alipay.pay.amounts": ALIPAY,
    "server.platforms.alipay.pay.bank_arrivals": ALIPAY,
    "server.platforms.alipay.pay.notifications": ALIPAY,
    "server.platforms.alipay.openapi.answers": ALIPAY,
    "server.platforms.alipay.openapi.errors": (*_files("platforms", "refusals_of_channels"), *ALIPAY),
    "server.platforms.alipay.pay.channel": (*_files("platforms", "refusals_of_channels"), *ALIPAY),
    "server.platforms.aliyun.errors": (*_files("platforms", "refusals_of_channels"), *SMS),
    "server.platforms.wechat.pay.channel": (*_files("platforms", "refusals_of_channels"), *WECHAT_PAY),
    "server.platforms.wechat.pay.errors": (*_files("platforms", "refusals_of_channels"), *WECHAT_PAY),
    "server.platforms.his.http_json": (*_files("platforms", "refusals_of_channels"), *HIS),
    "server.platforms.his.reports": _files("platforms", "his_reports", "field_limits"),
    "server.platforms.wechat.pay.wire": WECHAT_PAY,
    "server.platforms.wechat.pay.notifications": WECHAT_PAY,
    "server.platforms.wechat.pay.signing": WECHAT_PAY,
    "server.platforms.his.wire": HIS,
    "server.platforms.his.signing": HIS,
    "server.platforms.his.request_verifier": HIS,
    "server.platforms.aliyun.aliyun": SMS,
    "server.platforms.aliyun.values": SMS,
    "server.platforms.aliyun.receipts": SMS,
    "server.payments.rules.paying": (
        "tests/unit/payments/test_paying.py",
        "tests/unit/payments/test_payment_view.py",
        "tests/unit/payments/test_paying_lines.py",
        *MONEY,
    ),
    "server.payments.rules.unclaimed_acts": (
        *UNCLAIMED,
        "tests/unit/payments/test_unclaimed_rules.py",
    ),
    "server.payments.rules.unclaimed_returns": UNCLAIMED,
    "server.payments.rules.tampering": (
        "tests/unit/payments/test_tampering_accepted.py",
        "tests/unit/payments/test_tampering_rules.py",
    ),
    "server.payments.rules.erasing": _folder("privacy"),
    "server.payments.rules.replay": _files("payments", "tampered", "tampering_accepted", "refunds_of_two_parts"),
    "server.payments.rules.search": _files("refunds/chat", "search_words"),
    "server.payments.rules.search_keys": _files("payments", "refund_looks"),
    "server.payments.rules.audit_events": _folder("audit"),
    "server.payments.rules.booking": ("tests/unit/payments/test_booking.py",),
    "server.payments.rules.outside_refunds": (*WORDS, *RETURNING, *MONEY),
    "server.payments.rules.refunded_elsewhere": ("tests/unit/payments/test_returning_bounds.py", *MONEY),
    "server.core.money": (),
    "server.effects.due_order": (),
    "server.messages.rules": WORDS,
    "server.payments.rules.own_parts": (),
    "server.payments.rules.progress": (),
    "server.refunds.rules.items": MONEY,
    "server.payments.rules.refund_numbers": (*MONEY, *RETURNING),
    "server.payments.rules.refund_window": MONEY,
    "server.refunds.rules.requests": MONEY,
    "server.refunds.rules.permissions": MONEY,
    "server.payments.rules.refund_shares": (*MONEY, *RETURNING),
    "server.payments.rules.returning": ("tests/unit/payments/test_returning_bounds.py", *MONEY),
    "server.staff.model": (),
    "server.staff.rules.facts": (),
    "server.payments.rules.telling": (*WORDS, "tests/unit/refunds/test_staff_messages.py"),
    "server.payments.rules.trades": (
        "tests/unit/payments/test_paying_rules.py",
        "tests/unit/payments/test_closing_rules.py",
        *MONEY,
    ),
    "server.payments.attempts": _files(
        "payments", "attempts", "attempts_of_others", "paying", "payment_view", "two_channels"
    ),
    "server.payments.booking": (*_files("payments", "booking", "late_bookings"), "tests/unit/console/test_endings.py"),
    "server.payments.settling": _files(
        "payments", "settling", "money_arrives", "closed_payments", "paying", "payment_view"
    ),
    "server.payments.notifications": (
        *MONEY,
        *_files(
            "payments",
            "notifications_kept",
            "refunds_heard",
            "refund_sums",
            "two_channels",
            "unclaimed",
            "unclaimed_people",
        ),
    ),
    "server.payments.freeing": _files("payments", "freeing"),
    "server.payments.late_bookings": _files("payments", "late_bookings", "bounds_of_looks"),
    "server.payments.refund_sums": _files("payments", "refund_sums"),
    "server.payments.refund_looks": _files("payments", "refund_looks", "bounds_of_looks"),
    "server.payments.patient_looks": _files("payments", "patient_looks", "bounds_of_looks"),
    "server.payments.unclaimed": _files(
        "payments", "unclaimed", "unclaimed_people", "unclaimed_going_back", "notifications_kept", "refund_sums"
    ),
    "server.payments.unclaimed_returns": _files("payments", "unclaimed", "unclaimed_people", "unclaimed_going_back"),
    "server.refunds.drafts": _files(
        "refunds", "confirmed_late", "refund_desk", "refund_limits", "refunds_confirmed_at_once", "refund_lines"
    ),
    "server.refunds.effects": (
        *_files("refunds", "sent_and_heard"),
        *MONEY,
        *_files("payments", "refunds_heard", "refund_looks", "late_bookings"),
    ),
    "server.refunds.permission": (
        *_files("refunds", "second_person", "refund_desk", "refund_limits", "refunds_confirmed_at_once"),
        *_files("console", "endings"),
        *_files("staff", "facts", "day_sums"),
        *_files("payments", "unclaimed", "unclaimed_people"),
    ),
    "server.refunds.service": _files(
        "refunds", "refund_desk", "refund_limits", "refunds_confirmed_at_once", "confirmed_late"
    ),
    "server.refunds.staff_messages": _files("refunds", "words_for_staff", "staff_messages", "refund_messages"),
    "server.refunds.window_service": _files("refunds", "window_refunds"),
    "server.refunds.write_offs": _files("refunds", "write_offs"),
    "server.messages.service": (*_folder("messages"), *_files("payments", "payment_links")),
    **{f"server.patients.{name}": _folder("patients") for name in ("card_bindings", "cards", "login")},
    "server.reports.rules": _folder("reports"),
    "server.refunds.lots": _folder("inpatient"),
    "server.refunds.rules.shares": _folder("inpatient"),
    "server.refunds.rules.allocation": (*_folder("inpatient"), *_files("refunds", "allocation")),
    **{
        f"server.inpatient.rules.{path.stem}": _folder("inpatient")
        for path in sorted((ROOT / "server/inpatient/rules").glob("[a-z]*.py"))
    },
    **{
        f"server.reconciliation.rules.{path.stem}": _folder("reconciliation")
        for path in sorted((ROOT / "server/reconciliation/rules").glob("[a-z]*.py"))
    },
    **{f"server.reconciliation.{name}": _folder("reconciliation") for name in USE_CASES},
    **{module: _files("platforms", *names) for module, names in STATEMENTS.items()},
    **{f"server.registration.{name}": REGISTRATION for name in ("previewing", "purpose", "queueing", "texts")},
    **{
        f"server.registration.rules.{path.stem}": REGISTRATION
        for path in sorted((ROOT / "server/registration/rules").glob("[a-z]*.py"))
    },
    "server.inpatient.texts": (*_files("messages", "words_of_chat_pages"), *_folder("inpatient")),
    "server.messages.chat_pages": _files("messages", "words_of_chat_pages"),
    "server.reports.texts": (*_files("messages", "words_of_chat_pages"), *_folder("reports")),
}
for _path in sorted((ROOT / "server/payments/rules").glob("[a-z]*.py")):
    MORE.setdefault(f"server.payments.rules.{_path.stem}", ENDINGS)
for _module, _tests in near_modules(ROOT):
    MORE.setdefault(_module, _tests)
NEED_PROCESSES = frozenset({"app", "storage"})
"""Folders of `UNIT` whose tests start processes or a database."""


def test_files() -> list[str]:
    """All that may try a mutant: unit tests that need no server, and those of the doors that stand near to a module."""
    folders = [path for path in sorted(UNIT.iterdir()) if path.is_dir() and path.name not in NEED_PROCESSES]
    tests = [path for folder in folders for path in sorted(folder.rglob("test_*.py"))]
    found = [path for path in tests if not path.name.endswith(PASSED_OVER)]
    found += [UNIT / "test_cashier_words.py", UNIT / "test_fields.py"]
    return list(
        dict.fromkeys(
            [str(path.relative_to(ROOT)) for path in found] + [each for near in MORE.values() for each in near]
        )
    )


def modules() -> list[str]:
    return sorted(MORE)


def source_of(module: str) -> str:
    return (ROOT / f"{module.replace('.', '/')}.py").read_text("utf-8")


@cache
def _unit_tests() -> list[tuple[str, str]]:
    """(path, text) of every file, the shortest first."""
    files = sorted(UNIT.rglob("test_*.py"), key=lambda path: path.stat().st_size)
    return [(str(path.relative_to(ROOT)), path.read_text("utf-8")) for path in files]


def suite_of(module: str) -> Sequence[str]:
    """Files, the nearest first; each once."""
    imports = re.compile(rf"^from {re.escape(module)} import|^import {re.escape(module)}$", re.MULTILINE)
    importing = [path for path, text in _unit_tests() if imports.search(text)]
    named = [path for path in MORE.get(module, ()) if (ROOT / path).exists()]
    return list(dict.fromkeys([*importing, *named]))
