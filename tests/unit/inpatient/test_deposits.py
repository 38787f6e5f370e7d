"""How much may be paid in: never more than the hospital takes, and words that say what is still needed."""

from __future__ import annotations

import pytest

from server.core.errors import BadInput
from server.inpatient.model import AdmissionState, DepositQuote
from server.inpatient.rules.deposits import must_be_taken

QUOTE = DepositQuote(needed_fen=50_000, reason="按同病种核定")


@pytest.mark.parametrize("amount_fen", [1, 49_999, 50_000])
def test_up_to_what_is_needed(amount_fen: int) -> None:
    must_be_taken(AdmissionState.ADMITTED, QUOTE, amount_fen)


@pytest.mark.parametrize(
    ("state", "quote", "amount_fen", "words"),
    [
        (AdmissionState.ADMITTED, QUOTE, 50_001, "最多还可交 500.00 元。按同病种核定"),
        (AdmissionState.ADMITTED, QUOTE, 0, "请填写要交的金额。"),
        (AdmissionState.ADMITTED, DepositQuote(needed_fen=0, reason="已交足"), 0, "目前不需要再交预交金。已交足"),
        (AdmissionState.ADMITTED, DepositQuote(needed_fen=0, reason="已交足"), 1, "目前不需要再交预交金。已交足"),
        (AdmissionState.DISCHARGED, QUOTE, 1, "已办理出院，不能再交预交金，请办理出院结算。"),
        (AdmissionState.SETTLED, QUOTE, 1, "已办理出院，不能再交预交金，请办理出院结算。"),
    ],
)
def test_refused_with_words(state: AdmissionState, quote: DepositQuote, amount_fen: int, words: str) -> None:
    with pytest.raises(BadInput) as raised:
        must_be_taken(state, quote, amount_fen)
    assert raised.value.user_message == words
