"""Employees who may be one person, in the console: another admin says that they are two."""

from __future__ import annotations

import pytest

from server.staff.model import Role
from tests.handlers.conftest import Browser, place, text_of
from tests.handlers.console import another, proof_of, sit_down
from tests.support.builders import HOSPITAL
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.gen_test
URL = "/console/staff/employee/2001"


async def test_an_admin_says_with_proof_that_two_namesakes_are_two_people(
    memory_app: InMemoryApp, desk: Browser
) -> None:
    await an_employee(memory_app, "1001", name="吴收费")
    await an_employee(memory_app, "2001", Role.APPROVER, name="吴收费")
    admin = await an_employee(memory_app, "9001", Role.ADMIN, name="管理甲")
    await sit_down(memory_app, desk, admin)
    page = await desk.get(URL)
    assert "可能是同一人" in text_of(page)
    assert "确认与工号1001不是同一人" in text_of(page)

    refused = await desk.submit(page, f"{URL}/apart", {"other": "1001", **proof_of(admin, "908172")})
    assert refused.code == 403
    assert "可能是同一人" in text_of(await desk.get(URL)), "a wrong PIN changes nothing"
    unknown = await desk.submit(page, f"{URL}/apart", {"other": "9001", **proof_of(admin)})
    assert (unknown.code, "这两个工号不需要确认" in text_of(unknown)) == (403, True)

    done = await desk.submit(page, f"{URL}/apart", {"other": "1001", **proof_of(admin)})
    assert place(done) == f"{URL}?done=apart"
    after = text_of(await desk.get(place(done)))
    assert "已确认不是同一人。" in after
    assert "可能是同一人" not in after
    assert "确认与另一工号不是同一人" in after, "it stands in the history"
    assert [line.by for line in (await memory_app.staff.get(HOSPITAL, "2001")).history][-1] == "staff:9001"


async def test_nobody_but_an_admin_may_say_it(memory_app: InMemoryApp, desk: Browser) -> None:
    await an_employee(memory_app, "1001", name="吴收费")
    await an_employee(memory_app, "2001", Role.APPROVER, name="吴收费")
    admin, finance = [
        await an_employee(memory_app, number, role, name=name)
        for number, role, name in (("9001", Role.ADMIN, "管理甲"), ("3001", Role.FINANCE, "钱财务"))
    ]
    await sit_down(memory_app, desk, admin)
    page = await desk.get(URL)
    other = await sit_down(memory_app, another(desk), finance)
    manual = await other.get("/console/manual")
    assert (await other.submit(manual, f"{URL}/apart", {"other": "1001", **proof_of(finance)})).code == 403
    assert "可能是同一人" in text_of(await desk.get(URL))
    assert page.code == 200
