"""The use cases of staff, line by line: the bounds of an invitation and of a setup, every no in its words, what is kept and sealed."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest

from server.core.errors import BadInput, NotAllowed, NotFound, Refusal, TooManyTries
from server.staff.model import Role, Staff, StaffState
from server.staff.rules.auth_events import Asked
from tests.support.audit_chain import chain
from tests.support.builders import HOSPITAL, an_identity
from tests.support.employees import LIMITS, PIN, an_employee
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.asyncio
WRONG_CODE = "邀请码无效或已使用。"
WEAK = "请设置6位数字的PIN，不要用相同、连续、重复或有规律的数字。"
WRONG_TOTP = "动态码不正确，请核对手机时间后重新输入。"


async def said(asked: Awaitable[object], kind: type[Refusal] = NotAllowed) -> str:
    with pytest.raises(Refusal) as raised:
        await asked
    assert type(raised.value) is kind
    return raised.value.user_message


async def invited(memory_app: InMemoryApp, number: str = "1001") -> str:
    return await memory_app.staff.invite(HOSPITAL, number, "李收费", Role.CASHIER, LIMITS, "cli:root")


async def bound(memory_app: InMemoryApp, number: str = "1001") -> Staff:
    return await memory_app.staff.bind(HOSPITAL, an_identity(f"openid-{number}"), await invited(memory_app, number))


def secret_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["secret"][0]


async def lines(memory_app: InMemoryApp) -> list[tuple[str, str]]:
    return [(entry.id, entry.what) for entry in chain(memory_app).values()]


class TestWhoIsThere:
    async def test_each_role_at_its_door(self) -> None:
        memory_app = InMemoryApp()
        one = await an_employee(memory_app)
        identity = an_identity("openid-1001")
        for roles in ((), (Role.CASHIER,), (Role.ADMIN, Role.CASHIER)):
            assert (await memory_app.staff.must_be(HOSPITAL, identity, *roles)).number == one.number
        told = await said(memory_app.staff.must_be(HOSPITAL, identity, Role.ADMIN, Role.FINANCE))
        assert told == "您的岗位不能进行这个操作。"
        await said(memory_app.staff.must_be(HOSPITAL, an_identity("openid-2"), Role.ADMIN), NotFound)
        await said(memory_app.staff.must_be("other", identity), NotFound)

    async def test_only_the_active_are_known(self) -> None:
        memory_app = InMemoryApp()
        await an_employee(memory_app)
        before = await memory_app.staff.get(HOSPITAL, "1001")
        await memory_app.stores.staff.save(before, replace(before, state=StaffState.INVITED, version=99))
        assert await memory_app.staff.known(HOSPITAL, an_identity("openid-1001")) is None

    async def test_an_employee_number_that_is_not_there(self) -> None:
        assert await said(InMemoryApp().staff.get(HOSPITAL, "1001"), NotFound) == "没有这个工号。"

    async def test_everybody_of_one_hospital(self) -> None:
        memory_app = InMemoryApp()
        await an_employee(memory_app)
        await invited(memory_app, "1002")
        assert sorted(one.number for one in await memory_app.staff.everybody(HOSPITAL)) == ["1001", "1002"]
        assert await memory_app.staff.everybody("other") == ()


class TestInvitations:
    async def test_a_code_has_eight_characters_and_lives_for_a_day(self) -> None:
        memory_app = InMemoryApp()
        code = await invited(memory_app)
        assert len(code) == 8
        memory_app.clock.forward(hours=24, seconds=-1)
        assert (await memory_app.staff.bind(HOSPITAL, an_identity(), code)).state is StaffState.ACTIVE

    async def test_every_no_has_its_words(self) -> None:
        memory_app = InMemoryApp()
        one, code = an_identity("openid-1"), await invited(memory_app)
        assert await said(memory_app.staff.bind(HOSPITAL, one, "WRONG000")) == WRONG_CODE
        assert await said(memory_app.staff.bind("other", one, code)) == WRONG_CODE
        await memory_app.staff.bind(HOSPITAL, one, code)
        assert await said(memory_app.staff.bind(HOSPITAL, one, code)) == WRONG_CODE
        again = await invited(memory_app, "1002")
        assert await said(memory_app.staff.bind(HOSPITAL, one, again)) == "这个账号已绑定其他工号。"

    async def test_who_guesses_waits_for_an_hour(self) -> None:
        memory_app = InMemoryApp()
        one, code = an_identity("openid-1"), await invited(memory_app)
        for number in range(5):
            await said(memory_app.staff.bind(HOSPITAL, one, f"WRONG{number:03}"))
        with pytest.raises(TooManyTries) as raised:
            await memory_app.staff.bind(HOSPITAL, one, code)
        assert (raised.value.user_message, raised.value.wait_seconds) == ("尝试次数太多，请一小时后再试。", 3600)
        assert await said(memory_app.staff.bind(HOSPITAL, an_identity("openid-2"), "WRONG000")) == WRONG_CODE, (
            "not theirs"
        )
        memory_app.clock.forward(3600)
        assert (await memory_app.staff.bind(HOSPITAL, one, code)).state is StaffState.ACTIVE

    async def test_tries_at_another_process_count_too(self) -> None:
        memory_app = InMemoryApp()
        one, code, now = an_identity("openid-1"), await invited(memory_app), memory_app.clock.now()
        who = f"{HOSPITAL}:{memory_app.sealer.lookup('staff_invite', one.key)}"
        for _ in range(5):
            await memory_app.stores.short_lived.count("staff_invite_tries", who, now, now + timedelta(hours=1))
        await said(memory_app.staff.bind(HOSPITAL, one, code), TooManyTries)

    async def test_the_fifth_try_of_an_hour_still_counts(self) -> None:
        memory_app = InMemoryApp()
        one, code = an_identity("openid-1"), await invited(memory_app)
        for number in range(4):
            await said(memory_app.staff.bind(HOSPITAL, one, f"WRONG{number:03}"))
        assert (await memory_app.staff.bind(HOSPITAL, one, code)).state is StaffState.ACTIVE

    async def test_a_used_code_is_dropped_and_so_is_a_finished_setup(self) -> None:
        memory_app = InMemoryApp()
        await an_employee(memory_app)
        kinds = {kind for kind, _ in memory_app.stores.short_lived.documents}  # type: ignore[attr-defined]
        assert not kinds & {"staff_invite", "staff_setup"}
        assert "staff_newest_invite" in kinds


class TestFactsAndLines:
    async def kept(self, memory_app: InMemoryApp) -> list[str]:
        facts = await memory_app.stores.staff_facts.of(HOSPITAL, "1001")
        return sorted(fact.partition(":")[0] for fact in facts)

    async def test_what_is_known_is_kept_when_they_are_invited_and_bound(self) -> None:
        memory_app = InMemoryApp()
        code = await invited(memory_app)
        assert await self.kept(memory_app) == ["name"]
        await memory_app.staff.bind(HOSPITAL, an_identity("openid-1001"), code)
        assert await self.kept(memory_app) == ["identity", "name"]

    @pytest.mark.parametrize("how", ["leaves", "is invited again", "is invited again by two"])
    async def test_what_is_known_is_kept_before_a_phone_is_taken_away(self, how: str) -> None:
        memory_app = InMemoryApp()
        await an_employee(memory_app)
        memory_app.stores.staff_facts.documents.clear()  # type: ignore[attr-defined]
        if how == "leaves":
            await memory_app.staff.leave(HOSPITAL, "1001", "cli:root")
        elif how == "is invited again":
            await invited(memory_app)
        else:
            await memory_app.staff.invite(HOSPITAL, "1001", "x", Role.CASHIER, LIMITS, "staff:9001", alone=False)
            memory_app.stores.staff_facts.documents.clear()  # type: ignore[attr-defined]
            await memory_app.staff.agree(HOSPITAL, "1001", "staff:9002")
        assert "identity" in await self.kept(memory_app)

    async def test_every_change_is_sealed_at_once(self) -> None:
        memory_app = InMemoryApp()
        await invited(memory_app)
        assert await lines(memory_app) == [("staff/1001/0", "staff_invited")]
        await memory_app.staff.propose(HOSPITAL, "1001", Role.FINANCE, LIMITS, "staff:9001")
        assert (await lines(memory_app))[1:] == [("staff/1001/1", "staff_change_proposed")]
        await memory_app.staff.tell_apart(HOSPITAL, "1001", "1002", ("name:", "phone:"), "staff:9001")
        line = (await memory_app.staff.get(HOSPITAL, "1001")).history[-1]
        assert (line.what, line.by, line.at) == ("staff_told_apart", "staff:9001", memory_app.clock.now())
        assert dict(line.detail) == {"other": "1002", "shared": "name phone"}

    async def test_a_visit_is_a_line_by_the_employee(self) -> None:
        memory_app = InMemoryApp()
        one = await an_employee(memory_app)
        await memory_app.staff.record_auth_event(await one.now(), "staff_searched", by="card", found="1")
        entry = list(chain(memory_app).values())[-1]
        assert (entry.id, entry.what, entry.by, entry.at) == (
            "visit/1001/0", "staff_searched", "staff:1001", memory_app.clock.now(),
        )  # fmt: skip
        assert dict(entry.detail) == {"by": "card", "found": "1"}

    async def test_what_leaves_no_line_needs_no_seal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        memory_app = InMemoryApp()
        one = await an_employee(memory_app)
        proven = await memory_app.staff.prove(await one.now(), one.proof(), Asked.REFUND, 500)

        async def fail(*given: object) -> None:
            raise AssertionError("nothing to seal")

        monkeypatch.setattr(memory_app.stores.audit, "append", fail)
        monkeypatch.setattr(memory_app.stores.audit, "by_id", fail)
        await memory_app.staff.give_back(proven, 200)
        assert (await one.now()).spent_fen == 300
        before = await one.now()
        await memory_app.staff.keep_views(before, lambda views: (*views, ("今天", "{}")))
        kept = await one.now()
        assert (kept.views, kept.version) == ((("今天", "{}"),), before.version + 1)
        await memory_app.staff.keep_views(kept, lambda views: views)
        assert (await one.now()).version == kept.version, "the same views are no change"


class TestSetup:
    async def test_the_authenticator_is_told_hospital_and_number_for_half_an_hour(self) -> None:
        memory_app = InMemoryApp()
        staff = await bound(memory_app)
        address = await memory_app.staff.begin_setup(staff)
        assert address.startswith("otpauth://totp/%E6%B5%8B%E8%AF%95%E5%8C%BB%E9%99%A2:1001?")
        assert len(secret_of(address)) == 32
        memory_app.clock.forward(minutes=30, seconds=-1)
        assert await memory_app.staff.begin_setup(staff) == address
        memory_app.clock.forward(1)
        assert await memory_app.staff.begin_setup(staff) != address

    async def test_every_no_has_its_words(self) -> None:
        memory_app = InMemoryApp()
        staff = await bound(memory_app)
        finish = memory_app.staff.finish_setup
        good = pyotp.TOTP(secret_of(await memory_app.staff.begin_setup(staff))).at(memory_app.clock.now())
        for pin in ("111111", "28051", "2805190", "28051a"):
            assert await said(finish(staff, pin, pin, good), BadInput) == WEAK
        assert await said(finish(staff, PIN, "280518", good), BadInput) == "两次输入的PIN不一致。"
        assert await said(finish(staff, PIN, PIN, "000000"), BadInput) == WRONG_TOTP
        done = await finish(staff, PIN, PIN, good)
        assert done.last_step == int(memory_app.clock.now().timestamp()) // 30, "the code of the setup is used up"
        already = "已经设置过，如需重设请联系管理员重新邀请。"
        assert await said(memory_app.staff.begin_setup(done)) == already

    async def test_only_another_binding_begins_a_setup_anew(self) -> None:
        memory_app = InMemoryApp()
        address = await memory_app.staff.begin_setup(await bound(memory_app))
        changed = await memory_app.staff.propose(HOSPITAL, "1001", Role.FINANCE, LIMITS, "staff:9001")
        assert await memory_app.staff.begin_setup(changed) == address
        assert await memory_app.staff.begin_setup(await bound(memory_app)) != address

    async def test_a_setup_that_is_too_late_begins_again(self) -> None:
        memory_app = InMemoryApp()
        staff = await bound(memory_app)
        secret = secret_of(await memory_app.staff.begin_setup(staff))
        memory_app.clock.forward(minutes=30)
        code = pyotp.TOTP(secret).at(memory_app.clock.now())
        assert await said(memory_app.staff.finish_setup(staff, PIN, PIN, code), BadInput) == WRONG_TOTP
