"""Folders of the server whose modules have no tests of their own beside them: by folder, the tests that stand near to each of its modules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

NEAR: dict[str, tuple[str, ...]] = {
    "alerts": ("unit/alerts", "unit/staff/test_alert_rounds.py", "handlers/test_console_alerts.py"),
    "audit": ("unit/audit", "unit/staff/test_service.py", "handlers/test_audit_words.py"),
    "console": ("unit/console", "handlers/test_console_*.py"),
    "core": ("unit/core",),
    "effects": ("unit/effects",),
    "inpatient": ("unit/inpatient", "handlers/test_inpatient.py", "handlers/test_wristband.py"),
    "messages": ("unit/messages", "unit/staff/test_staff.py"),
    "needs": ("unit/needs",),
    "patients": ("unit/patients",),
    "old_balances": ("unit/old_balances", "handlers/test_balances.py"),
    "payments": ("unit/payments",),
    "payments/purposes/bills": ("unit/bills", "unit/payments", "handlers/test_paying.py"),
    "platforms/alipay/life_account": ("unit/platforms/alipay",),
    "platforms/alipay/openapi": ("unit/platforms/alipay",),
    "platforms/alipay/pay": ("unit/platforms/alipay", "unit/platforms/test_statement_downloads.py"),
    "platforms/aliyun": ("unit/platforms/test_sms*.py",),
    "platforms/his": ("unit/platforms/test_his*.py", "unit/platforms/test_field_limits.py"),
    "platforms/wechat": ("unit/platforms/test_wechat_*.py", "unit/platforms/test_mini_program.py"),
    "platforms/wechat/api": ("unit/platforms/test_wechat_*.py", "unit/platforms/test_mini_program.py"),
    "platforms/wechat/miniprogram": ("unit/platforms/test_wechat_*.py", "unit/platforms/test_mini_program.py"),
    "platforms/wechat/official_account": ("unit/platforms/test_wechat_*.py",),
    "platforms/wechat/pay": ("unit/platforms/test_wechat_pay_*.py", "unit/platforms/test_statement_downloads.py"),
    "privacy": ("unit/privacy",),
    "reconciliation": ("unit/reconciliation",),
    "reconciliation/chat": ("unit/reconciliation",),
    "refunds": ("unit/refunds",),
    "refunds/chat": ("unit/refunds/chat", "unit/refunds"),
    "registration": ("unit/registration", "handlers/test_registration.py"),
    "reports": ("unit/reports", "handlers/test_report*.py", "unit/platforms/test_his_reports.py"),
    "staff": ("unit/staff", "handlers/test_console_staff.py", "handlers/test_staff_pages.py"),
    "staff/rules": ("unit/staff",),
}
"""Folders and patterns of `tests`."""
WORDS: dict[str, str] = {
    "server.alerts.texts": "alerts/test_words_of_alerts.py",
    "server.payments.purposes.bills.texts": "payments/test_words_of_payments.py",
    "server.payments.texts": "payments/test_words_of_payments.py",
    "server.platforms.alipay.openapi.account": "core/test_words_of_errors.py",
    "server.platforms.wechat.api.app": "core/test_words_of_errors.py",
    "server.platforms.wechat.pay.account": "core/test_words_of_errors.py",
    "server.reconciliation.chat.texts": "reconciliation/test_words_of_finance_chat.py",
    "server.reconciliation.texts": "reconciliation/test_words_for_finance.py",
    "server.refunds.chat.preview_texts": "refunds/chat/test_words_of_previews.py",
    "server.refunds.chat.texts": "refunds/chat/test_words_in_the_chat.py",
    "server.refunds.texts": "refunds/chat/test_words_in_the_chat.py",
    "server.staff.actor_texts": "refunds/chat/test_words_in_the_chat.py",
}
"""Modules of words, by the file of `tests/unit` that compares their texts whole."""
PASSED_OVER = ("_runs.py", "_properties.py", "_in_browser.py")
"""Whole lives from many seeds, and tests that need a browser: minutes where each line is noted."""


def near_modules(root: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(dotted module, files of tests)."""
    yield from ((module, (f"tests/unit/{test}",)) for module, test in WORDS.items())
    for folder, patterns in NEAR.items():
        tests = tuple(str(path.relative_to(root)) for path in _tests(root / "tests", patterns))
        for path in sorted((root / "server" / folder).glob("[a-z]*.py")):
            yield ".".join(["server", *folder.split("/"), path.stem]), tests


def _tests(tests: Path, patterns: tuple[str, ...]) -> Iterator[Path]:
    for pattern in patterns:
        path = tests / pattern
        found = path.glob("test_*.py") if path.is_dir() else tests.glob(pattern)
        yield from (each for each in sorted(found) if not each.name.endswith(PASSED_OVER))
