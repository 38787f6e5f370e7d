"""A bill that the insurance pays whole is confirmed, never paid: the list says so, as the bill's own page does."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.patient.views.bills import bill_list
from server.payments.purposes.bills.model import Bill
from server.payments.purposes.bills.service import PatientBills
from tests.support.builders import a_bill


def shown(*bills: Bill) -> Any:
    entry = PatientBills(
        card_key="c1", name_masked="张*试", card_masked="****0001", bills=bills, settled=(), payments={}, problem="", scanned=True, bound=False
    )  # fmt: skip
    return bill_list("/h/demo", [entry], {})["patients"][0]  # type: ignore[index]


@pytest.mark.parametrize(("own_fen", "words"), [(3720, "去支付 ¥37.20"), (0, "确认（无需付款）")])
def test_the_button_of_the_only_bill(own_fen: int, words: str) -> None:
    assert shown(a_bill("B1", own_fen))["pay"]["text"] == words


@pytest.mark.parametrize(
    ("own_fen", "words"), [(100, ("2 张一起支付", "¥2.00")), (0, ("2 张一起确认", "（无需付款）"))]
)
def test_the_button_of_bills_that_go_together(own_fen: int, words: tuple[str, str]) -> None:
    [together] = shown(a_bill("B1", own_fen), a_bill("B2", own_fen))["together"]
    assert (together["text"], together["amount"]) == words
