"""The mini-program's pages take the names of states from its own file of words, and that file says what the server says."""

from __future__ import annotations

import re
from pathlib import Path

from server.payments import texts as state_names
from server.payments.purposes.bills.model import BillStatus
from server.payments.purposes.bills.texts import BILL_NUMBER, BILL_STATES
from tests.unit.payments.test_state_names import KINDS

ROOT = Path(__file__).resolve().parents[3]


def test_the_mini_program_s_pages_take_names_from_its_words() -> None:
    found = [
        f"{file.relative_to(ROOT)}: {word}"
        for file in sorted((ROOT / "miniprogram/pages").rglob("*.*"))
        if file.suffix in KINDS
        for word in (
            BILL_NUMBER,
            *state_names.NUMBER_NAMES.values(),
            state_names.TOTAL,
            state_names.FUND,
            state_names.ACCOUNT,
        )
        if word in file.read_text("utf-8")
    ]
    assert not found


def test_the_mini_program_says_the_same_words() -> None:
    told = dict(re.findall(r"^  (\w+): '([^']+)',$", (ROOT / "miniprogram/lib/words.js").read_text("utf-8"), re.M))
    bill = BILL_STATES
    assert told == {
        "total": state_names.TOTAL,
        "fund": state_names.FUND,
        "account": state_names.ACCOUNT,
        "paymentNumber": state_names.PAYMENT_NUMBER,
        "billNumber": BILL_NUMBER,
        "refundNumber": state_names.REFUND_NUMBER,
        "billPaid": bill[BillStatus.PAID],
        "billRefunded": bill[BillStatus.REFUNDED],
        "billCancelled": bill[BillStatus.CANCELLED],
    }
