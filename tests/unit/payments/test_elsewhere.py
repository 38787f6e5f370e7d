"""What is taken here and paid at a window: due until its limit, paid when the HIS says so, given back when nobody paid it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.core.errors import LeaseLost
from server.core.history import HistoryEvent
from server.effects.model import Effect, EffectKind, find
from server.payments.model import Payment, PaymentState
from server.payments.rules.elsewhere import (
    LOOKS_AGAIN,
    MARGIN,
    elsewhere_until,
    has_lapsed,
    is_due_elsewhere,
    is_paid_elsewhere,
    lapsed,
    owed_elsewhere,
    paid_elsewhere,
    told_until,
)
from server.payments.rules.giving_back import give_back, given_back, is_given_back
from server.payments.texts import LAPSED, NOTHING_TO_PAY, PAID_ELSEWHERE, TAKEN_BACK, TO_PAY_ELSEWHERE, payment_state
from tests.support.builders import TOKEN, a_paid
from tests.support.clock_and_ids import MORNING

UNTIL = MORNING + timedelta(hours=20)
LATER = UNTIL + timedelta(minutes=2)
LAPSE = str(EffectKind.LAPSE)


def due(**fields: Any) -> Payment:
    """Booked, and to be paid at the window; a worker holds the look at its limit."""
    [limit] = owed_elsewhere(UNTIL)
    payment = a_paid()
    parts = tuple(replace(part, paid_fen=0, request=replace(part.request, amount_fen=0)) for part in payment.parts)
    created = HistoryEvent(at=MORNING, what="created", detail=told_until(UNTIL))
    told = replace(
        payment,
        parts=parts,
        state=PaymentState.BOOKED,
        history=(created,),
        effects=(replace(limit, lease=TOKEN, tries=2),),
    )
    return replace(told, **fields)


def test_it_is_due_until_the_limit_and_a_little_longer() -> None:
    assert (timedelta(minutes=1), timedelta(minutes=10)) == (MARGIN, LOOKS_AGAIN)
    assert owed_elsewhere(UNTIL) == (Effect(kind=EffectKind.LAPSE, due_at=UNTIL + MARGIN),)
    assert owed_elsewhere(None) == ()
    assert (elsewhere_until(due()), elsewhere_until(a_paid()), elsewhere_until(replace(a_paid(), history=()))) == (
        UNTIL,
        None,
        None,
    )
    assert (is_due_elsewhere(due()), is_paid_elsewhere(due())) == (True, False)
    assert not is_due_elsewhere(due(state=PaymentState.PAID)), "nothing is booked yet"
    assert payment_state(due()) == TO_PAY_ELSEWHERE


def test_the_word_of_the_his_ends_it_once() -> None:
    after = paid_elsewhere(due(), LATER)
    assert (after.history[-1].what, after.history[-1].by, after.history[-1].at) == ("paid_elsewhere", "his", LATER)
    assert (is_due_elsewhere(after), is_paid_elsewhere(after), find(after.effects, LAPSE)) == (False, True, None)
    assert paid_elsewhere(after, LATER) is after
    assert payment_state(after) == PAID_ELSEWHERE
    assert not is_paid_elsewhere(due(effects=(), claims=())), "it was given back"


def test_what_nobody_paid_is_given_back() -> None:
    after = lapsed(due(), TOKEN, LATER)
    assert (after.history[-1].what, find(after.effects, LAPSE), is_given_back(after)) == ("lapsed", None, True)
    assert not has_lapsed(after), "the HIS has not taken it back yet"
    held = replace(after, effects=tuple(replace(effect, lease=TOKEN) for effect in after.effects))
    gone = given_back(held, TOKEN, LATER)
    assert (has_lapsed(gone), payment_state(gone)) == (True, LAPSED)
    with pytest.raises(LeaseLost):
        lapsed(due(), "another", LATER)


def test_a_booking_under_way_is_waited_for() -> None:
    after = lapsed(due(state=PaymentState.PAID), TOKEN, LATER)
    [limit] = after.effects
    assert (limit.kind, limit.due_at, limit.lease, limit.tries) == (EffectKind.LAPSE, LATER + LOOKS_AGAIN, None, 0)
    assert len(after.history) == 1


@pytest.mark.parametrize(
    "fields",
    [{"state": PaymentState.RETURNED}, {"state": PaymentState.CLOSED}, {"claims": ()}],
    ids=["not taken", "closed", "given back"],
)
def test_what_nobody_has_any_more_is_let_be(fields: dict[str, Any]) -> None:
    after = lapsed(due(**fields), TOKEN, LATER)
    assert (after.effects, len(after.history), after.version) == ((), 1, due().version + 1)


def test_who_gives_it_back_before_has_nothing_to_pay() -> None:
    after = give_back(due(), "patient:payer", LATER)
    assert [effect.kind for effect in after.effects] == [EffectKind.FREE]
    both = replace(after, effects=(*due().effects, *after.effects))
    assert lapsed(both, TOKEN, LATER).effects == after.effects, "and it is given back once"
    gone = replace(after, claims=(), effects=())
    assert (has_lapsed(gone), payment_state(gone)) == (False, TAKEN_BACK)


def test_what_costs_nothing_at_all_is_another_thing() -> None:
    free = due(history=(HistoryEvent(at=MORNING, what="created"),), effects=())
    assert (is_paid_elsewhere(free), payment_state(free)) == (False, NOTHING_TO_PAY)
