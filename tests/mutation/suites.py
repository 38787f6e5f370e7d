"""Which modules are broken, and which tests are nearest to each: those that import it, and what stands beside it here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "tests" / "unit"
SERVICES = "tests/unit/services"
MONEY = (f"{SERVICES}/test_money_arrives.py", f"{SERVICES}/test_refund_desk.py", f"{SERVICES}/test_refunds.py")
WORDS = (f"{SERVICES}/test_truth_of_messages.py", f"{SERVICES}/test_telling.py", f"{SERVICES}/test_refund_messages.py")
MORE: dict[str, tuple[str, ...]] = {
    "server.domain.booking": (f"{SERVICES}/test_booking.py",),
    "server.domain.console_refunds": (*WORDS, "tests/unit/domain/test_refunding.py", *MONEY),
    "server.domain.money": (),
    "server.domain.overtaking": WORDS,
    "server.domain.own_parts": (),
    "server.domain.progress": (),
    "server.domain.refund_lines": MONEY,
    "server.domain.refund_numbers": (*MONEY, "tests/unit/domain/test_refunding.py"),
    "server.domain.refund_reach": MONEY,
    "server.domain.refund_requests": MONEY,
    "server.domain.refund_rules": MONEY,
    "server.domain.refund_shares": (*MONEY, "tests/unit/domain/test_refunding.py"),
    "server.domain.refunding": MONEY,
    "server.domain.staff": (),
    "server.domain.staff_facts": (),
    "server.domain.telling": (*WORDS, f"{SERVICES}/test_staff_messages.py"),
    "server.domain.trades": ("tests/unit/domain/test_paying.py", *MONEY),
    "server.services.booking": (f"{SERVICES}/test_booking.py", f"{SERVICES}/test_endings.py"),
    "server.services.messages": WORDS,
    "server.services.notifications": (*MONEY, f"{SERVICES}/test_refunds_heard.py"),
    "server.services.refunds": MONEY,
    "server.services.settling": (f"{SERVICES}/test_money_arrives.py", f"{SERVICES}/test_paying.py"),
    "server.services.staff_messages": (
        f"{SERVICES}/test_staff_messages.py",
        f"{SERVICES}/test_staff_texts.py",
        *WORDS,
        *MONEY,
    ),
    "server.services.write_offs": (*MONEY, *WORDS),
}
FURTHER = ("test_cashier_words.py", "test_effects.py", "test_fields.py", "test_sealing.py")
"""Such tests right below `UNIT`."""
CLOSED: tuple[str, ...] = (
    "server.domain.money",
    "server.domain.overtaking",
    "server.domain.own_parts",
    "server.domain.progress",
    "server.domain.refund_lines",
    "server.domain.refund_numbers",
    "server.domain.refund_reach",
    "server.domain.refund_requests",
    "server.domain.refund_rules",
    "server.domain.refund_shares",
    "server.domain.staff",
    "server.domain.staff_facts",
)
"""Modules of which every mutant is killed or argued: `make test` breaks some of their places by chance."""


def test_files() -> list[str]:
    """All that may try a mutant: unit tests that need no server."""
    folders = ("domain", "services", "channels")
    found = [path for folder in folders for path in sorted((UNIT / folder).rglob("test_*.py"))]
    return [str(path.relative_to(ROOT)) for path in [*found, *(UNIT / name for name in FURTHER)] if path.exists()]


def modules() -> list[str]:
    return sorted(MORE)


def source_of(module: str) -> str:
    return (ROOT / f"{module.replace('.', '/')}.py").read_text("utf-8")


def suite_of(module: str) -> Sequence[str]:
    """Files, the nearest first; each once."""
    imports = re.compile(rf"^from {re.escape(module)} import|^import {re.escape(module)}$", re.MULTILINE)
    near = sorted(UNIT.rglob("test_*.py"), key=lambda path: path.stat().st_size)
    importing = [str(path.relative_to(ROOT)) for path in near if imports.search(path.read_text("utf-8"))]
    named = [path for path in MORE.get(module, ()) if (ROOT / path).exists()]
    return list(dict.fromkeys([*importing, *named]))
