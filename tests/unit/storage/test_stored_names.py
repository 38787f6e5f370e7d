"""A field that was renamed keeps the name under which it was first stored: documents of every version open."""

from __future__ import annotations

from server.payments.refund_model import RefundLine
from server.storage.stored_names import model_facts, stored_facts


def test_a_refund_line_is_stored_under_the_name_it_had() -> None:
    line = RefundLine(charge_no="B1", item_no="2", amount_fen=300)
    stored = stored_facts(line)
    assert stored == {"bill_no": "B1", "item_no": "2", "amount_fen": 300}
    assert RefundLine(**model_facts(RefundLine, stored)) == line
