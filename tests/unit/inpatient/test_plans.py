"""The calculation that a payment keeps is read as it was written, and what is no calculation is no plan."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.inpatient.model import KindSum, Presettlement
from server.inpatient.rules.plans import Plan, facts_of, plan_of
from server.refunds.model import LotOrder
from server.refunds.rules.allocation import Allocation, Share

WORDS = st.text(max_size=12)
FEN = st.integers(0, 10**12)
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=8))])
SHARES = st.lists(
    st.builds(
        Share, number=WORDS, way=WORDS, amount_fen=FEN, stuck=WORDS,
        paid_at=st.datetimes(min_value=datetime(2000, 1, 1), timezones=ZONES),  # noqa: DTZ001
    ),
    max_size=4,
).map(tuple)  # fmt: skip
PLANS = st.builds(
    Plan,
    stay_count=st.integers(1, 9999),
    presettlement=st.builds(
        Presettlement, number=WORDS, total_fen=FEN, fund_fen=FEN, account_fen=FEN, own_fen=FEN, deposits_fen=FEN, to_pay_fen=FEN,
        to_return_fen=FEN, order=st.sampled_from(LotOrder), kinds=st.lists(st.builds(KindSum, category=WORDS, amount_fen=FEN), max_size=3).map(tuple),
    ),
    allocation=st.builds(Allocation, returns=SHARES, window=SHARES, unplaced_fen=FEN),
)  # fmt: skip


@given(PLANS)
def test_a_plan_is_read_as_it_was_written(plan: Plan) -> None:
    read = plan_of(facts_of(plan))
    assert read == plan
    assert isinstance(read.presettlement.order, LotOrder)


@pytest.mark.parametrize("facts", ["", "1", "{}", '{"stay_count":1,"presettlement":{},"allocation":{}}'])
def test_what_is_no_calculation(facts: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        plan_of(facts)
