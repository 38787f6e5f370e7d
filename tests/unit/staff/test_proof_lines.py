"""A proof by PIN and code, line by line: what it changes, what it refuses with which words, and how long a lock is said to last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from server.core.errors import LostRace, NotAllowed, TooManyTries
from server.staff.model import RefundLimits, Role, Staff, StaffState, invited
from server.staff.proofs import Proof, matching_step
from server.staff.rules.auth_events import Asked
from server.staff.rules.proofs import given_back, must_not_be_locked, proof_failed, proved
from tests.support.builders import HOSPITAL
from tests.support.clock_and_ids import MORNING
from tests.support.employees import PIN, an_employee
from tests.support.in_memory_app import InMemoryApp

LIMITS = RefundLimits(per_refund_fen=500, per_day_fen=1000)
TODAY, YESTERDAY = date(2026, 11, 23), date(2026, 11, 22)
UNTIL = MORNING + timedelta(minutes=30)


def somebody(**fields: object) -> Staff:
    new = invited(HOSPITAL, "1001", "李收费", Role.CASHIER, LIMITS, "cli:root", MORNING)
    return replace(new, version=5, last_step=100, **fields)  # type: ignore[arg-type]


def refused(step: Callable[[], object]) -> str:
    with pytest.raises(NotAllowed) as raised:
        step()
    return raised.value.user_message


class TestTheLock:
    @pytest.mark.parametrize(
        ("seconds_left", "minutes"), [(1800, 30), (1769, 29), (91, 2), (89, 1), (61, 1), (29, 1), (1, 1)]
    )
    def test_says_how_many_minutes_it_lasts(self, seconds_left: int, minutes: int) -> None:
        locked = somebody(locked_until=MORNING + timedelta(seconds=seconds_left))
        with pytest.raises(TooManyTries, match="locked") as raised:
            must_not_be_locked(locked, MORNING)
        assert raised.value.user_message == f"输错次数太多，已锁定，请{minutes}分钟后再试。"
        assert raised.value.wait_seconds == 60 * minutes

    def test_is_over_at_its_end(self) -> None:
        must_not_be_locked(somebody(locked_until=MORNING), MORNING)
        must_not_be_locked(somebody(), MORNING)

    def test_comes_with_the_fifth_failure_and_stands_in_the_history(self) -> None:
        fourth = proof_failed(somebody(failures=3), MORNING)
        assert (fourth.version, fourth.failures, fourth.locked_until) == (6, 4, None)
        assert len(fourth.history) == 1
        fifth = proof_failed(fourth, MORNING)
        assert (fifth.version, fifth.failures, fifth.locked_until) == (7, 0, UNTIL)
        line = fifth.history[-1]
        assert (line.what, line.by, line.at) == ("staff_locked", "staff:1001", MORNING)


class TestProved:
    def test_ends_failures_and_lock_and_uses_up_the_code(self) -> None:
        after = proved(somebody(failures=3, locked_until=UNTIL), 101, 0, MORNING)
        assert (after.version, after.last_step, after.failures, after.locked_until) == (6, 101, 0, None)

    @pytest.mark.parametrize(
        ("spent_on", "spent_fen", "spends_fen", "in_all"),
        [(TODAY, 300, 700, 1000), (YESTERDAY, 300, 700, 700), (TODAY, 300, 0, 300), (None, 0, 1000, 1000)],
    )
    def test_adds_to_what_was_spent_today(
        self, spent_on: date | None, spent_fen: int, spends_fen: int, in_all: int
    ) -> None:
        after = proved(somebody(spent_on=spent_on, spent_fen=spent_fen), 101, spends_fen, MORNING)
        assert (after.spent_on, after.spent_fen) == (TODAY, in_all)

    def test_spends_no_more_than_the_day_s_limit(self) -> None:
        before = somebody(spent_on=TODAY, spent_fen=300)
        assert refused(lambda: proved(before, 101, 701, MORNING)) == "超过您的当日限额，请重新操作。"
        beyond = somebody(spent_on=TODAY, spent_fen=1001)
        assert proved(beyond, 101, 0, MORNING).spent_fen == 1001, "who spends nothing is not asked"
        assert refused(lambda: proved(beyond, 101, 1, MORNING)) == "超过您的当日限额，请重新操作。"


class TestGivenBack:
    def test_counts_less_on_that_day_alone(self) -> None:
        before = somebody(spent_on=TODAY, spent_fen=300)
        after = given_back(before, 200, TODAY)
        assert (after.version, after.spent_fen, after.last_step) == (6, 100, 100)
        assert given_back(before, 301, TODAY).spent_fen == 0, "never less than nothing"
        assert given_back(before, 200, YESTERDAY) is before
        assert given_back(before, 0, TODAY) is before


class TestMatchingStep:
    """RFC 4226's key and its first codes (appendix D), of steps of 30 s."""

    SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    CODES = ("755224", "287082", "359152", "969429", "338314")

    @pytest.mark.parametrize(("which", "step"), [(0, None), (1, 1), (2, 2), (3, 3), (4, None)])
    def test_is_at_most_one_away_from_now(self, which: int, step: int | None) -> None:
        for second in (60, 89):
            now = datetime.fromtimestamp(second, tz=UTC)
            assert matching_step(self.SECRET, self.CODES[which], now) == step

    def test_of_another_code_is_none(self) -> None:
        assert matching_step(self.SECRET, "３59152", datetime.fromtimestamp(60, tz=UTC)) is None


@pytest.mark.asyncio
class TestProving:
    async def said(self, memory_app: InMemoryApp, staff: Staff, proof: Proof) -> str:
        with pytest.raises(NotAllowed) as raised:
            await memory_app.staff.prove(staff, proof, Asked.STAFF)
        return raised.value.user_message

    async def test_every_no_has_its_words(self) -> None:
        memory_app = InMemoryApp()
        one = await an_employee(memory_app)
        good = one.proof()
        assert await self.said(memory_app, await one.now(), Proof(pin="908172", totp=good.totp)) == (
            "PIN或动态码不正确。"
        )
        await memory_app.staff.prove(await one.now(), good, Asked.STAFF)
        before = await one.now()
        assert await self.said(memory_app, before, good) == "动态码已使用过，请等下一个动态码。"
        assert (await one.now()).version == before.version + 2, "the line of it is written, and then sealed"

    async def test_the_fifth_failure_says_that_it_has_locked(self) -> None:
        memory_app = InMemoryApp()
        one = await an_employee(memory_app)
        for _ in range(4):
            assert await self.said(memory_app, await one.now(), one.proof(pin="908172")) == "PIN或动态码不正确。"
        with pytest.raises(TooManyTries) as raised:
            await memory_app.staff.prove(await one.now(), one.proof(pin="908172"), Asked.STAFF)
        assert raised.value.user_message == "输错次数太多，已锁定，请30分钟后再试。"

    @pytest.mark.parametrize(
        "fields", [{"state": StaffState.LEFT}, {"pin": ""}, {"totp": ""}, {"state": StaffState.INVITED}]
    )
    async def test_who_is_not_active_or_has_nothing_set_up_proves_nothing(self, fields: dict[str, object]) -> None:
        memory_app = InMemoryApp()
        one = await an_employee(memory_app)
        staff = await one.now()
        changed = replace(staff, version=staff.version + 1, **fields)  # type: ignore[arg-type]
        await memory_app.stores.staff.save(staff, changed)
        assert await self.said(memory_app, staff, one.proof()) == "请先绑定工号并设置PIN和动态码。"

    async def test_what_was_wrong_before_a_lost_race_and_is_right_after_it_holds(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The PIN was set again in the same moment: what is stored now decides."""
        memory_app = InMemoryApp()
        one = await an_employee(memory_app)
        right = await one.now()
        wrong = replace(right, version=right.version + 1, pin="another")
        await memory_app.stores.staff.save(right, wrong)
        save = memory_app.stores.staff.save

        async def lost(before: Staff, after: Staff) -> None:
            monkeypatch.setattr(memory_app.stores.staff, "save", save)
            await save(wrong, replace(right, version=wrong.version + 1))
            raise LostRace("staff")

        monkeypatch.setattr(memory_app.stores.staff, "save", lost)
        proof = one.proof(PIN)
        after = await memory_app.staff.prove(await one.now(), proof, Asked.STAFF)
        assert after.failures == 0
        assert after.last_step > right.last_step
