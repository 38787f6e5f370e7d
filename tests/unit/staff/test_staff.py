"""A member of staff: every field that a step changes, what the line of history says, and the words of every no."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from server.core.days import hospital_day
from server.core.errors import NotAllowed
from server.core.history import HistoryEvent
from server.staff.model import (
    RefundLimits,
    Role,
    Staff,
    StaffState,
    agreed,
    asked_for,
    asked_for_again,
    bound,
    invited,
    invited_again,
    left,
    proposed,
    secured,
)
from server.staff.rules.facts import DOUBTFUL, SURE, TOLD_APART, Circle, must_be_another_admin, of_kinds, said_to_differ
from tests.support.builders import HOSPITAL, an_identity
from tests.support.clock_and_ids import MORNING

LOW, HIGH = RefundLimits(per_refund_fen=500, per_day_fen=1000), RefundLimits(per_refund_fen=900, per_day_fen=5000)
NOW = MORNING + timedelta(days=1)
ADMIN, OTHER = "staff:9001", "staff:9002"
LOW_TERMS = {"role": "cashier", "per_refund_fen": "500", "per_day_fen": "1000"}


def somebody(number: str = "1001", by: str = ADMIN) -> Staff:
    return invited(HOSPITAL, number, "李收费", Role.CASHIER, LOW, by, MORNING)


def active() -> Staff:
    """Bound and secured, with failures and a lock that later steps must clear."""
    ready = secured(bound(somebody(), an_identity(), MORNING), "pin", "totp", 7, MORNING)
    return replace(ready, failures=3, locked_until=NOW)


def last_line(staff: Staff) -> tuple[str, str, datetime, dict[str, str]]:
    line = staff.history[-1]
    return line.what, line.by, line.at, dict(line.detail)


def refused(step: Callable[[], object]) -> str:
    with pytest.raises(NotAllowed) as raised:
        step()
    return raised.value.user_message


class TestInvited:
    def test_begins_with_its_terms(self) -> None:
        new = somebody()
        assert (new.version, new.state, new.role, new.limits) == (1, StaffState.INVITED, Role.CASHIER, LOW)
        assert last_line(new) == ("staff_invited", ADMIN, MORNING, LOW_TERMS)
        assert (new.last_step, new.failures, new.spent_fen, new.audited_lines, new.audited_auth_events) == (
            0,
            0,
            0,
            0,
            0,
        )

    def test_asked_for_waits_for_another_admin(self) -> None:
        new = asked_for(HOSPITAL, "1001", "李收费", Role.CASHIER, LOW, ADMIN, NOW)
        assert (new.version, new.state) == (1, StaffState.PROPOSED)
        assert new.change is not None
        assert (new.change.role, new.change.limits, new.change.proposed_by, new.change.at, new.change.invite) == (
            Role.CASHIER, LOW, ADMIN, NOW, True,
        )  # fmt: skip
        assert len(new.history) == 1
        assert last_line(new) == ("staff_invite_proposed", ADMIN, NOW, LOW_TERMS)

    def test_asked_for_again_keeps_the_old_phone(self) -> None:
        before = active()
        after = asked_for_again(before, ADMIN, NOW)
        assert (after.version, after.state, after.identity) == (before.version + 1, StaffState.ACTIVE, before.identity)
        assert after.change is not None
        assert after.change.invite
        assert last_line(after) == ("staff_invite_proposed", ADMIN, NOW, LOW_TERMS)

    def test_invited_again_ends_the_old_binding_at_once(self) -> None:
        after = invited_again(asked_for_again(active(), ADMIN, NOW), OTHER, NOW)
        assert (after.state, after.identity, after.pin, after.totp) == (StaffState.INVITED, None, "", "")
        assert (after.failures, after.locked_until, after.change) == (0, None, None)
        assert last_line(after) == ("staff_invited", OTHER, NOW, LOW_TERMS)

    def test_invited_again_keeps_other_terms_that_wait(self) -> None:
        before = proposed(active(), Role.FINANCE, HIGH, ADMIN, NOW)
        assert invited_again(before, OTHER, NOW).change == before.change


class TestBound:
    def test_begins_anew(self) -> None:
        before = replace(somebody(), pin="old", totp="old", last_step=9)
        after = bound(before, an_identity(), NOW)
        assert (after.state, after.identity, after.version) == (StaffState.ACTIVE, an_identity(), 2)
        assert (after.pin, after.totp, after.last_step) == ("", "", 0)
        assert last_line(after) == ("staff_bound", "staff:1001", NOW, {})

    def test_only_once(self) -> None:
        assert refused(lambda: bound(active(), an_identity(), NOW)) == "邀请码无效或已使用。"


class TestSecured:
    def test_holds_pin_and_authenticator(self) -> None:
        before = replace(bound(somebody(), an_identity(), MORNING), failures=2, locked_until=NOW)
        after = secured(before, "pin", "totp", 7, NOW)
        assert (after.pin, after.totp, after.last_step, after.failures, after.locked_until) == (
            "pin",
            "totp",
            7,
            0,
            None,
        )
        assert after.can_prove
        assert last_line(after) == ("staff_secured", "staff:1001", NOW, {})

    @pytest.mark.parametrize("missing", ["pin", "totp"])
    def test_needs_both(self, missing: str) -> None:
        assert not replace(active(), **{missing: ""}).can_prove

    def test_only_once(self) -> None:
        words = "已经设置过，如需重设请联系管理员重新邀请。"
        assert refused(lambda: secured(active(), "pin", "totp", 8, NOW)) == words


class TestLeft:
    def test_is_cut_off_at_once(self) -> None:
        after = left(proposed(active(), Role.FINANCE, HIGH, ADMIN, NOW), OTHER, NOW)
        assert (after.state, after.identity, after.pin, after.totp, after.change) == (
            StaffState.LEFT,
            None,
            "",
            "",
            None,
        )
        assert last_line(after) == ("staff_left", OTHER, NOW, {})

    def test_only_once(self) -> None:
        gone = left(active(), ADMIN, NOW)
        assert left(gone, OTHER, NOW) is gone


class TestOtherTerms:
    def test_wait_for_another_admin(self) -> None:
        after = proposed(active(), Role.FINANCE, HIGH, ADMIN, NOW)
        assert (after.role, after.limits) == (Role.CASHIER, LOW)
        assert after.change is not None
        assert (after.change.role, after.change.limits, after.change.proposed_by) == (Role.FINANCE, HIGH, ADMIN)
        assert not after.change.invite
        terms = {"role": "finance", "per_refund_fen": "900", "per_day_fen": "5000"}
        assert last_line(after) == ("staff_change_proposed", ADMIN, NOW, terms)

    def test_of_who_is_proposed_are_an_invitation_still(self) -> None:
        new = asked_for(HOSPITAL, "1001", "李收费", Role.CASHIER, LOW, ADMIN, NOW)
        change = proposed(new, Role.FINANCE, HIGH, ADMIN, NOW).change
        assert change is not None
        assert change.invite

    def test_hold_once_agreed(self) -> None:
        before = proposed(active(), Role.FINANCE, HIGH, ADMIN, NOW)
        after = agreed(before, OTHER, NOW)
        assert (after.role, after.limits, after.change) == (Role.FINANCE, HIGH, None)
        assert (after.state, after.identity, after.pin) == (StaffState.ACTIVE, before.identity, "pin")
        terms = {"role": "finance", "per_refund_fen": "900", "per_day_fen": "5000", "proposed_by": ADMIN}
        assert last_line(after) == ("staff_changed", OTHER, NOW, terms)

    def test_an_invitation_agreed_to_ends_the_old_binding(self) -> None:
        after = agreed(asked_for_again(active(), ADMIN, NOW), OTHER, NOW)
        assert (after.state, after.identity, after.pin, after.change) == (StaffState.INVITED, None, "", None)
        assert last_line(after) == ("staff_invited", OTHER, NOW, {**LOW_TERMS, "proposed_by": ADMIN})

    def test_take_two_admins_and_are_never_one_s_own(self) -> None:
        before = proposed(active(), Role.FINANCE, HIGH, ADMIN, NOW)
        assert refused(lambda: agreed(active(), OTHER, NOW)) == "没有待确认的变更。"
        assert refused(lambda: agreed(before, ADMIN, NOW)) == "不能确认自己提出的变更，请另一位管理员确认。"
        assert refused(lambda: agreed(before, "staff:1001", NOW)) == "不能确认对自己的变更。"


def test_what_was_spent_counts_for_the_hospital_s_day_only() -> None:
    evening = datetime(2026, 11, 23, 15, 59, 59, tzinfo=UTC)
    staff = replace(active(), spent_on=hospital_day(evening), spent_fen=300)
    assert staff.spent_today_fen(evening) == 300
    assert staff.spent_today_fen(evening + timedelta(seconds=1)) == 0


class TestFacts:
    def test_are_of_kinds(self) -> None:
        facts = {"identity:1", "account:2", "self:3", "card:4", "name:5", "phone:6"}
        assert of_kinds(facts, SURE) == {"identity:1", "account:2", "self:3", "card:4"}
        assert of_kinds(facts, DOUBTFUL) == {"name:5", "phone:6"}

    def told_apart(self, shared: str, other: str = "1002") -> Staff:
        line = HistoryEvent(at=NOW, what=TOLD_APART, by=ADMIN, detail={"other": other, "shared": shared})
        return replace(somebody(), history=(*somebody().history, line))

    @pytest.mark.parametrize(
        ("said", "shared", "differ"),
        [
            ("name", {"name:"}, True),
            ("name phone", {"name:"}, True),
            ("name", {"name:", "phone:"}, False),
            ("", {"name:"}, False),
        ],
    )
    def test_two_differ_by_an_admin_s_word_on_all_that_they_share(
        self, said: str, shared: set[str], *, differ: bool
    ) -> None:
        other = somebody("1002")
        assert said_to_differ(self.told_apart(said), other, shared) is differ
        assert said_to_differ(other, self.told_apart(said), shared) is differ

    def test_a_word_about_somebody_else_says_nothing(self) -> None:
        assert not said_to_differ(self.told_apart("name", other="1003"), somebody("1002"), {"name:"})
        elsewhere = replace(somebody(), history=(replace(self.told_apart("name").history[-1], what="staff_changed"),))
        assert not said_to_differ(elsewhere, somebody("1002"), {"name:"})


class TestAnotherAdmin:
    admin = somebody("9001", by="cli:root")
    circle = Circle(sure=frozenset({"9001", "9003"}), doubtful=frozenset(), facts=frozenset())

    def test_is_neither_of_the_two(self) -> None:
        words = "不能确认与本人有关的员工，请另一位管理员确认。"
        about = somebody("9003", by="cli:root")
        assert refused(lambda: must_be_another_admin(self.admin, self.circle, somebody(by=OTHER), about)) == words

    def test_has_invited_neither(self) -> None:
        words = "这位员工是您邀请的，请另一位管理员确认。"
        mine = agreed(asked_for(HOSPITAL, "1001", "李收费", Role.CASHIER, LOW, "staff:9003", NOW), OTHER, NOW)
        assert refused(lambda: must_be_another_admin(self.admin, self.circle, mine)) == words
        assert refused(lambda: must_be_another_admin(self.admin, self.circle, somebody())) == words

    def test_only_the_newest_invitation_counts(self) -> None:
        must_be_another_admin(self.admin, self.circle, invited_again(somebody(), OTHER, NOW))
        must_be_another_admin(self.admin, self.circle, replace(somebody(), history=()))
