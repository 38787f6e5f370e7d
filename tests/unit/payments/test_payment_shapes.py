"""What a payment's document says of itself: its sums, its parts, whether it rests, and how one step makes the next version."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.actors import PAYER, SYSTEM
from server.core.errors import Tampered
from server.core.history import HistoryEvent
from server.effects.model import Effect, EffectKind
from server.payments.model import (
    AUDITED_LINES,
    Payment,
    PaymentState,
    about,
    bumped,
    changed,
    untouched,
    with_part,
    with_refund,
)
from server.payments.part import Part, PartState
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from tests.support.builders import a_paid, a_part, a_payment, a_request
from tests.support.clock_and_ids import MORNING

LATER = MORNING + timedelta(minutes=1)
FIRST = replace(a_payment().parts[0], order_ref="h1")
SECOND = a_part(order_no="P2", kind="fund", request=a_request(channel="fund", amount_fen=700), paid_fen=70)
PAID, CLOSED = PartState.PAID, PartState.CLOSED
SEAL = Effect(kind=EffectKind.SEAL, due_at=LATER)
STATES = {
    RefundState.REQUESTED: ("running", 10), RefundState.APPROVED: ("running", 10), RefundState.RELEASED: ("running", 10),
    RefundState.SUBMITTED: ("running", 10), RefundState.ABNORMAL: ("running", 10), RefundState.SUCCEEDED: ("rests", 10),
    RefundState.CLOSED: ("rests", 0), RefundState.REJECTED: ("rests", 0), RefundState.WITHDRAWN: ("rests", 0),
    RefundState.EXPIRED: ("rests", 0),
}  # fmt: skip
"""By the state of a refund of 8 fen, of which 2 more go back later: whether its payment may rest, and what it holds."""


def a_refund(number: int = 1, **fields: object) -> Refund:
    facts: dict[str, object] = {
        "id": f"R{number:02}", "amount_fen": 8, "rest_fen": 2, "origin": RefundOrigin.AUTOMATIC, "reason": "other",
        "state": RefundState.SUCCEEDED, "at": MORNING, "his_settled_at": MORNING,
    }  # fmt: skip
    return Refund(**{**facts, **fields})  # type: ignore[arg-type]


def resting(**fields: object) -> Payment:
    """Booked, and nothing is owed."""
    return replace(a_paid(), **{"state": PaymentState.BOOKED, "effects": (), **fields})  # type: ignore[arg-type]


def effect(kind: EffectKind, subject: str = "") -> Effect:
    return Effect(kind=kind, subject=subject, due_at=MORNING)


def line(what: str) -> HistoryEvent:
    return HistoryEvent(at=MORNING, what=what, by=SYSTEM)


class TestParts:
    def both(self, *states: PartState) -> Payment:
        first, second = (replace(part, state=state) for part, state in zip((FIRST, SECOND), states, strict=True))
        return replace(a_payment(), parts=(first, second))

    def test_sums_are_of_all_parts(self) -> None:
        payment = self.both(PAID, PAID)
        assert (payment.amount_fen, payment.paid_fen) == (1234 + 700, 70)
        assert payment.channels == ("wechat", "fund")
        assert replace(payment, parts=(SECOND, SECOND)).channels == ("fund",)

    @pytest.mark.parametrize(
        ("states", "still_open", "may_be_paid"),
        [
            ((PartState.UNPAID, PartState.UNPAID), (0, 1), True),
            ((PAID, PartState.UNPAID), (1,), True),
            ((PAID, CLOSED), (), True),
            ((CLOSED, CLOSED), (), True),
            ((PAID, PAID), (), False),
        ],
    )
    def test_what_is_open_and_what_may_still_bring_money(
        self, states: tuple[PartState, PartState], still_open: tuple[int, ...], may_be_paid: bool
    ) -> None:
        payment = self.both(*states)
        assert payment.open_parts == tuple(payment.parts[place] for place in still_open)
        assert payment.may_be_paid is may_be_paid

    def test_a_part_is_found_by_its_order_and_by_its_refund_else_it_is_the_first(self) -> None:
        payment = self.both(PAID, PAID)
        first, second = payment.parts
        assert [payment.part_for(number) for number in (first.order_no, "P2", "nothing", "")] == [
            first,
            second,
            first,
            first,
        ]
        assert [payment.part_of(a_refund(part=kind)) for kind in ("cash", "fund", "gone")] == [first, second, first]

    def test_an_effect_of_a_later_order_names_it_and_one_of_the_first_names_nothing(self) -> None:
        payment = self.both(PAID, PAID)
        first, second = payment.parts
        assert (about(payment, first), about(payment, second)) == ("", "P2")
        assert about(payment, replace(first, paid_fen=5)) == "", "a newer copy of the first part is the first part"
        renumbered = replace(first, order_no="another")
        assert about(replace(payment, parts=(renumbered, second)), renumbered) == ""

    def test_a_part_takes_the_place_of_the_one_of_its_kind(self) -> None:
        payment = self.both(PAID, PAID)
        newer: Part = replace(SECOND, paid_fen=700)
        assert with_part(payment, newer) == (payment.parts[0], newer)

    def test_a_part_that_was_not_asked_for_yet_holds_and_owes_nothing(self) -> None:
        part = a_part()
        assert (part.undo_order, part.paid_fen, part.told_refunded_fen) == (0, 0, 0)


class TestRefunds:
    def test_a_refund_takes_the_place_of_the_one_of_its_number_or_is_added(self) -> None:
        one, two = a_refund(1), a_refund(2)
        payment = resting(refunds=(one, two))
        newer = replace(two, amount_fen=9)
        assert with_refund(payment, newer) == (one, newer)
        assert with_refund(payment, a_refund(3)) == (one, two, a_refund(3))
        assert (payment.refund("R02"), payment.refund("R03")) == (two, None)

    @pytest.mark.parametrize("state", list(RefundState))
    def test_what_holds_a_share_and_what_has_gone_and_whether_it_rests(self, state: RefundState) -> None:
        payment = resting(refunds=(a_refund(state=state),))
        rests, holds_fen = STATES[state]
        assert (payment.refunding_fen, payment.at_rest()) == (holds_fen, rests == "rests")
        assert payment.refunded_fen == (8 if state is RefundState.SUCCEEDED else 0)

    @pytest.mark.parametrize("origin", list(RefundOrigin))
    def test_people_had_a_hand_in_what_staff_or_the_his_asked_for(self, origin: RefundOrigin) -> None:
        assert resting(refunds=(a_refund(origin=origin),)).audited is (origin in {"staff", "his"})


@pytest.mark.parametrize("what", sorted(AUDITED_LINES))
def test_people_had_a_hand_in_what_was_looked_at_or_mended(what: str) -> None:
    assert resting(history=(line("booked"), line(what))).audited
    assert not resting(history=(line("booked"),)).audited


class TestRest:
    @pytest.mark.parametrize("state", list(PaymentState))
    def test_it_rests_where_it_has_ended(self, state: PaymentState) -> None:
        assert resting(state=state).at_rest() is (state in {"booked", "closed", "returned"})

    @pytest.mark.parametrize("kind", list(EffectKind))
    def test_what_is_doubted_keeps_it_awake(self, kind: EffectKind) -> None:
        doubted = {EffectKind.QUERY, EffectKind.FREE, EffectKind.LAPSE, EffectKind.QUERY_REFUND}
        assert resting(effects=(effect(kind, "R07"),)).at_rest() is (kind not in doubted)

    def test_a_look_at_a_refund_that_is_known_does_not(self) -> None:
        payment = resting(refunds=(a_refund(7),), effects=(effect(EffectKind.QUERY_REFUND, "R07"),))
        assert payment.at_rest()

    @pytest.mark.parametrize(("sealed", "rests"), [(1, False), (2, True), (3, True)])
    def test_lines_that_people_left_are_sealed_first(self, sealed: int, rests: bool) -> None:
        history = (line("viewed"), line("booked"))
        assert resting(history=history, audited_lines=sealed).at_rest() is rests
        assert resting(history=history[1:], audited_lines=0).at_rest(), "nobody had a hand in it"

    def test_the_his_hears_of_what_went_back_only_where_it_has_booked_it(self) -> None:
        untold = a_refund(origin=RefundOrigin.MERCHANT_CONSOLE, his_settled_at=None)
        assert not resting(refunds=(untold,)).at_rest()
        assert resting(refunds=(untold,), state=PaymentState.RETURNED).at_rest()

    @pytest.mark.parametrize(
        ("state", "kinds", "forgotten"),
        [
            (PaymentState.PAID, (), True),
            (PaymentState.PAID, (EffectKind.LATE_BOOKING, EffectKind.REFUND_LOOK, EffectKind.MESSAGE, EffectKind.SMS), True),
            (PaymentState.PAID, (EffectKind.MESSAGE, EffectKind.BOOK), False),
            (PaymentState.BOOKED, (), False),
            (PaymentState.BOOKED, (EffectKind.SMS,), False),
        ],
    )  # fmt: skip
    def test_it_is_forgotten_where_nothing_owed_would_bring_it_to_rest(
        self, state: PaymentState, kinds: tuple[EffectKind, ...], forgotten: bool
    ) -> None:
        assert resting(state=state, effects=tuple(effect(kind) for kind in kinds)).is_forgotten() is forgotten


class TestSteps:
    def test_a_step_is_one_version_on_with_its_line(self) -> None:
        before = resting()
        after = changed(before, "paid", at=LATER, by=PAYER, detail={"why": "x"}, state=PaymentState.PAID)
        assert after == replace(
            before,
            state=PaymentState.PAID,
            version=before.version + 1,
            history=(*before.history, HistoryEvent(at=LATER, what="paid", by=PAYER, detail={"why": "x"})),
        )
        assert changed(before, "paid", at=LATER).history[-1] == HistoryEvent(at=LATER, what="paid", by=SYSTEM)

    def test_a_step_of_people_is_sealed_once(self) -> None:
        after = changed(resting(), "viewed", at=LATER)
        assert after.effects == (SEAL,)
        assert changed(after, "viewed", at=MORNING).effects == (SEAL,)
        assert changed(resting(), "booked", at=LATER).effects == ()

    def test_a_step_that_nobody_reads_has_no_line(self) -> None:
        before = resting()
        assert bumped(before, effects=(SEAL,)) == replace(before, version=before.version + 1, effects=(SEAL,))

    def test_what_somebody_changed_is_acted_on_by_nobody(self) -> None:
        assert untouched(resting()) == resting()
        with pytest.raises(Tampered, match=resting().id):
            untouched(resting(tampered=True))

    def test_a_new_one_has_no_line_in_the_chain(self) -> None:
        assert (a_payment().audited_lines, a_payment().version) == (0, 1)
