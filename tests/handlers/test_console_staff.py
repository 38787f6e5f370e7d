"""The room of staff: invited, changed by two, cut off; each with PIN and code."""

from __future__ import annotations

import re

import pytest

from server.core.errors import NotAllowed
from server.staff.model import RefundLimits, Role
from tests.handlers.conftest import Browser, place, text_of
from tests.handlers.console import another, proof_of, sit_down
from tests.support.builders import HOSPITAL, an_identity
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.gen_test


class TestStaff:
    async def test_invited_changed_by_two_and_cut_off(self, memory_app: InMemoryApp, desk: Browser) -> None:
        admin, second = [await an_employee(memory_app, n, Role.ADMIN, name=f"管理{n}") for n in ("9001", "9002")]
        await sit_down(memory_app, desk, admin)
        page = await desk.get("/console/staff/invite")
        form = {"number": "1001", "name": "李收费", "role": "cashier", "per_refund": "500", "per_day": "1,000.00"}
        refused = await desk.submit(page, "/console/staff/invite", {**form, **proof_of(admin, "908172")})
        assert refused.code == 403
        assert 'value="李收费"' in text_of(refused)
        invited = await desk.submit(page, "/console/staff/invite", {**form, **proof_of(admin)})
        assert place(invited) == "/console/staff/employee/1001?done=invite"
        with pytest.raises(NotAllowed):
            await memory_app.staff.agree(HOSPITAL, "1001", "staff:9001")
        _, code = await memory_app.staff.agree(HOSPITAL, "1001", "staff:9002")
        one = await memory_app.staff.bind(HOSPITAL, an_identity("openid-1001"), code)
        assert (one.limits, one.role) == (RefundLimits(per_refund_fen=50_000, per_day_fen=100_000), Role.CASHIER)
        url = "/console/staff/employee/1001"
        change = {"role": "approver", "per_refund": "1000", "per_day": "2000"}
        page = await desk.get(url)
        done = await desk.submit(page, f"{url}/propose", {**change, **proof_of(admin)})
        assert place(done) == f"{url}?done=propose"
        own = await desk.submit(page, f"{url}/agree", {**change, **proof_of(admin)})
        assert (own.code, "另一位管理员" in text_of(own)) == (403, True)
        other = await sit_down(memory_app, another(desk), second)
        page = await other.get(url)
        assert "审批，单笔 ¥1,000.00，当日 ¥2,000.00" in text_of(page)
        unseen = await other.submit(page, f"{url}/agree", {**change, "per_day": "3000", **proof_of(second)})
        assert (unseen.code, "已经不同" in text_of(unseen)) == (403, True)
        assert place(await other.submit(page, f"{url}/agree", {**change, **proof_of(second)})).endswith("done=agree")
        assert (await memory_app.staff.get(HOSPITAL, "1001")).role is Role.APPROVER
        await other.submit(page, f"{url}/leave", proof_of(second))
        assert await memory_app.staff.known(HOSPITAL, an_identity("openid-1001")) is None
        assert "已离岗" in text_of(await other.get("/console/staff"))

    async def test_an_approver_is_invited_by_two_and_the_second_gets_the_code(
        self, memory_app: InMemoryApp, desk: Browser
    ) -> None:
        admin, second = [await an_employee(memory_app, n, Role.ADMIN, name=f"管理{n}") for n in ("9001", "9002")]
        await sit_down(memory_app, desk, admin)
        page = await desk.get("/console/staff/invite")
        assert "要另一位管理员确认后才有邀请码" in text_of(page)
        terms = {"role": "approver", "per_refund": "500", "per_day": "1,000.00"}
        form = {"number": "2001", "name": "王审批", **terms}
        url = "/console/staff/employee/2001"
        proposed = await desk.submit(page, "/console/staff/invite", {**form, **proof_of(admin)})
        assert place(proposed) == f"{url}?done=invite"
        shown = text_of(await desk.get(place(proposed)))
        assert "邀请已提出" in shown
        assert "需要另一位管理员确认" in shown
        assert "待确认邀请" in shown
        own = await desk.submit(page, f"{url}/agree", {**terms, "invite": "yes", **proof_of(admin)})
        assert own.code == 403
        other = await sit_down(memory_app, another(desk), second)
        page = await other.get(url)
        assert "确认邀请" in text_of(page)
        unseen = await other.submit(page, f"{url}/agree", {**terms, **proof_of(second)})
        assert (unseen.code, "已经不同" in text_of(unseen)) == (403, True), "an invitation is not agreed to as a change"
        agreed = await other.submit(page, f"{url}/agree", {**terms, "invite": "yes", **proof_of(second)})
        found = re.search(r"绑定 ([0-9A-Z]{8})<", text_of(agreed))
        assert found
        assert "王审批" in text_of(agreed)
        one = await memory_app.staff.bind(HOSPITAL, an_identity("openid-2001"), found[1])
        assert one.role is Role.APPROVER

    @pytest.mark.parametrize(
        "wrong",
        [
            {"number": "10 01"},
            {"number": ""},
            {"name": " "},
            {"role": "boss"},
            {"per_refund": "2000"},
            {"per_day": "viel"},
            {"per_day": "99999999"},
            {"number": "9001"},
        ],
    )
    async def test_terms_that_make_no_sense(
        self, memory_app: InMemoryApp, desk: Browser, wrong: dict[str, str]
    ) -> None:
        admin = await an_employee(memory_app, "9001", Role.ADMIN, name="管理甲")
        await sit_down(memory_app, desk, admin)
        page = await desk.get("/console/staff/invite")
        form = {"number": "1001", "name": "李收费", "role": "cashier", "per_refund": "500", "per_day": "1000"}
        answer = await desk.submit(page, "/console/staff/invite", {**form, **wrong, **proof_of(admin)})
        assert answer.code in {400, 403}
        assert 'role="alert"' in text_of(answer)
        assert [one.number for one in await memory_app.staff.everybody(HOSPITAL)] == ["9001"]
