"""Refunds from outside beside ours, fen by fen: which of ours give way, how much of them, and what is owed afterwards. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.effects.model import Effect, EffectKind, find
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import Refund, RefundLine, RefundOrigin, RefundState
from server.payments.rules.outside_refunds import (
    TellAgain,
    after_console_money,
    go_on_after_all,
    gone_fen,
    must_not_wait_for_ours,
    staff_refunds_give_way,
    without_unsent,
)
from tests.support.builders import PAYMENT_ID
from tests.support.clock_and_ids import MORNING
from tests.unit.payments.states import in_state

LATER = MORNING + timedelta(minutes=5)
R01, R02, R03 = (f"{PAYMENT_ID}R0{n}" for n in (1, 2, 3))
REQUESTED, APPROVED, RELEASED = RefundState.REQUESTED, RefundState.APPROVED, RefundState.RELEASED
WITHDRAWN, SUBMITTED, SUCCEEDED = RefundState.WITHDRAWN, RefundState.SUBMITTED, RefundState.SUCCEEDED
LINES = (RefundLine(charge_no="B1", item_no="1", amount_fen=1),)


def ours(number: str, amount_fen: int, state: RefundState, **fields: object) -> Refund:
    facts: dict[str, object] = {
        "id": number, "amount_fen": amount_fen, "origin": RefundOrigin.STAFF, "reason": "other", "state": state, "at": MORNING,
        "asked_by": "staff:1001", "request_id": number, "written_off_as": number, "lines": LINES,
        "expires_at": LATER if state is REQUESTED else None,
    }  # fmt: skip
    return Refund(**{**facts, **fields})  # type: ignore[arg-type]


def console(amount_fen: int, **fields: object) -> Refund:
    facts: dict[str, object] = {"origin": RefundOrigin.MERCHANT_CONSOLE, "asked_by": "", "lines": ()}
    return ours("console-1", amount_fen, APPROVED, **{**facts, **fields})


def booked_with(*refunds: Refund, state: PaymentState = PaymentState.BOOKED) -> Payment:
    """What staff's refunds owe: their submission where the HIS has written them off, their end where they wait for a person."""
    sending = {APPROVED: EffectKind.REFUND, RELEASED: EffectKind.REFUND, REQUESTED: EffectKind.EXPIRE}
    owed = tuple(Effect(kind=sending[r.state], subject=r.id, due_at=MORNING) for r in refunds if r.state in sending)
    return replace(in_state(state), refunds=refunds, effects=(Effect(kind=EffectKind.BOOK, due_at=MORNING), *owed))


def owed(payment: Payment, *kinds: EffectKind) -> list[tuple[str, object]]:
    return [(effect.key, effect.due_at) for effect in payment.effects if effect.kind in kinds]


def told(payment: Payment) -> dict[str, tuple[RefundState, int]]:
    return {refund.id: (refund.state, refund.amount_fen) for refund in payment.refunds}


class TestWhoGivesWay:
    def give_way(self, payment: Payment, beyond_fen: int) -> tuple[Payment, Refund, str]:
        return staff_refunds_give_way(payment, console(1234), beyond_fen, LATER)

    @pytest.mark.parametrize(("beyond_fen", "gone"), [(0, ""), (1, R02), (300, R02), (301, f"{R01},{R02}")])
    def test_requests_that_wait_give_way_from_the_last_on_until_there_is_room(self, beyond_fen: int, gone: str) -> None:
        before = booked_with(ours(R01, 400, REQUESTED), ours(R02, 300, REQUESTED))
        after, covering, numbers = self.give_way(before, beyond_fen)
        assert (numbers, covering.covered_fen) == (gone, 0)
        for number, (state, _) in told(after).items():
            assert state is (WITHDRAWN if number in gone else REQUESTED)
            assert (find(after.effects, f"expire:{number}") is None) is (number in gone)

    def test_a_request_that_gave_way_has_ended_and_whoever_asked_is_told(self) -> None:
        after, _, _ = self.give_way(booked_with(ours(R01, 400, REQUESTED)), 1)
        [refund] = after.refunds
        assert (refund.finished_at, refund.expires_at, refund.covered_by) == (LATER, None, "")
        assert owed(after, EffectKind.TELL_STAFF) == [("tell_staff:refund_result.R01", LATER)]
        assert find(after.effects, "book") is not None

    @pytest.mark.parametrize(
        ("beyond_fen", "gone", "covered_fen", "rest_fen"),
        [(0, "", 0, 0), (1, R02, 1, 299), (299, R02, 299, 1), (300, R02, 300, 0), (301, f"{R01},{R02}", 301, 399)],
    )
    def test_of_what_the_his_wrote_off_only_what_is_needed_gives_way(
        self, beyond_fen: int, gone: str, covered_fen: int, rest_fen: int
    ) -> None:
        before = booked_with(ours(R01, 400, RELEASED), ours(R02, 300, RELEASED))
        after, covering, numbers = self.give_way(before, beyond_fen)
        assert (numbers, covering.covered_fen) == (gone, covered_fen)
        for number in (R01, R02):
            refund = after.refund(number)
            assert refund is not None
            covered_by = "console-1" if number in gone else ""
            assert (refund.state is WITHDRAWN, refund.covered_by) == (number in gone, covered_by)
            assert (find(after.effects, f"refund:{number}") is None) is (number in gone)
        rest = after.refund(R03)
        assert (0 if rest is None else rest.amount_fen) == rest_fen
        if rest is not None:
            assert (rest.state, rest.written_off_as in gone, rest.lines) == (RELEASED, True, ())
            assert (f"refund:{R03}", LATER) in owed(after, EffectKind.REFUND)

    def test_money_of_another_part_does_not_give_way_and_is_not_waited_for(self) -> None:
        refunds = (ours(R01, 400, REQUESTED), ours(R02, 300, RELEASED), ours(R03, 200, APPROVED))
        before = booked_with(*(replace(refund, part="account") for refund in refunds))
        cash = before.parts[0]
        before = replace(before, parts=(cash, replace(cash, kind="account", order_no="ZF2")))
        after, _, gone = self.give_way(before, 900)
        assert (after, gone) == (before, "")

    def test_what_is_not_owed_to_the_channel_any_more_does_not_give_way(self) -> None:
        before = replace(booked_with(ours(R01, 400, RELEASED)), effects=())
        assert self.give_way(before, 1)[0] == before

    @pytest.mark.parametrize(("beyond_fen", "waits"), [(300, False), (301, True)])
    def test_a_write_off_under_way_is_waited_for_where_there_is_no_room_yet(self, beyond_fen: int, waits: bool) -> None:
        under_way = replace(booked_with(ours(R01, 300, REQUESTED), ours(R02, 400, APPROVED)))
        before = replace(under_way, effects=())
        if waits:
            with pytest.raises(TellAgain, match="a write-off is under way"):
                self.give_way(before, beyond_fen)
        else:
            assert self.give_way(before, beyond_fen)[2] == R01

    @pytest.mark.parametrize(
        "refund", [ours(R01, 400, SUCCEEDED), ours(R01, 400, APPROVED, asked_by="")], ids=["gone", "asked by nobody"]
    )
    def test_nothing_else_is_waited_for(self, refund: Refund) -> None:
        before = booked_with(refund)
        assert self.give_way(before, 400)[0] == before


def test_of_a_return_only_what_the_channel_has_not_taken_is_withdrawn() -> None:
    before = booked_with(
        ours(R01, 1, SUBMITTED),
        ours(R02, 2, APPROVED),
        ours(R03, 3, APPROVED, part="other"),
        state=PaymentState.RETURNING,
    )
    message = Effect(kind=EffectKind.MESSAGE, subject=R02, due_at=MORNING)
    after, gone = without_unsent(replace(before, effects=(*before.effects, message)), before.parts[0])
    assert gone == R02
    assert told(after) == {R01: (SUBMITTED, 1), R02: (WITHDRAWN, 2), R03: (APPROVED, 3)}
    assert [effect.key for effect in after.effects] == ["book", f"refund:{R03}", f"message:{R02}"]


@pytest.mark.parametrize(("amount_fen", "waits"), [(-1, False), (0, False), (1, True), (1034, True), (1035, False)])
@pytest.mark.parametrize("state", [SUBMITTED, RefundState.ABNORMAL])
def test_ours_at_the_channel_is_waited_for_where_it_alone_takes_the_room(
    state: RefundState, amount_fen: int, waits: bool
) -> None:
    """200 fen have gone, 1034 are at the channel: so many may have come to nothing there."""
    payment = booked_with(ours(R01, 200, SUCCEEDED), ours(R02, 1034, state))
    if waits:
        with pytest.raises(TellAgain, match="a refund of ours is at the channel"):
            must_not_wait_for_ours(payment, payment.parts[0], amount_fen)
    else:
        must_not_wait_for_ours(payment, payment.parts[0], amount_fen)


def test_what_was_made_in_the_console_is_not_ours_to_wait_for() -> None:
    payment = booked_with(replace(console(1234), state=SUBMITTED))
    must_not_wait_for_ours(payment, payment.parts[0], 1234)


class TestTheMoneyHasGone:
    COVERED = ours(R01, 400, WITHDRAWN, covered_by="console-1", finished_at=MORNING)
    OTHER = ours(R02, 300, WITHDRAWN, covered_by="console-2", finished_at=MORNING)

    @pytest.mark.parametrize(("covered_fen", "written_off"), [(399, True), (400, False), (401, False)])
    def test_the_his_hears_of_what_gave_way_and_writes_off_what_did_not(
        self, covered_fen: int, written_off: bool
    ) -> None:
        gone = replace(console(400), covered_fen=covered_fen)
        before = booked_with(self.COVERED, self.OTHER, gone)
        after = replace(before, effects=after_console_money(before, gone, LATER))
        assert owed(after, EffectKind.NOTIFY_HIS) == [(f"notify_his:{R01}", LATER)]
        assert owed(after, EffectKind.MESSAGE) == [("message:refund_arrived.R01", LATER)]
        assert owed(after, EffectKind.RELEASE) == ([("release:console-1", LATER)] if written_off else [])

    def test_what_came_to_nothing_gives_its_money_back_under_one_number(self) -> None:
        second = replace(self.OTHER, covered_by="console-1")
        before = booked_with(self.COVERED, second, replace(console(700), covered_fen=650))
        after = go_on_after_all(before, before.refunds[2], LATER)
        assert [refund.covered_by for refund in after.refunds] == ["", "", "", ""]
        again = after.refund(R03)
        assert again == replace(
            self.COVERED, id=R03, state=RELEASED, amount_fen=650, finished_at=None, covered_by="", lines=()
        )
        assert owed(after, EffectKind.REFUND) == [("refund:console-1", MORNING), (f"refund:{R03}", LATER)]

    def test_what_gave_way_to_another_stays(self) -> None:
        before = booked_with(self.COVERED, self.OTHER, replace(console(400), covered_fen=400))
        after = go_on_after_all(before, before.refunds[2], LATER)
        assert [refund.covered_by for refund in after.refunds] == ["", "console-2", "", ""]

    def test_under_a_number_that_gave_way_goes_what_the_console_covers(self) -> None:
        rest = ours(R03, 100, RELEASED, written_off_as=R01)
        payment = booked_with(self.OTHER, self.COVERED, rest)
        assert [gone_fen(payment, refund) for refund in payment.refunds] == [300, 300, 100]
        whole = booked_with(rest, self.COVERED)
        assert gone_fen(whole, self.COVERED) == 400, "an earlier number is not the rest of a later one"
