"""What staff of each role are told that they may say."""

from __future__ import annotations

import pytest

from server.refunds.chat.chat import ROUTES
from server.staff.model import Role
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.staff_chat import say


@pytest.mark.asyncio
@pytest.mark.parametrize("role", Role)
async def test_help_is_never_an_empty_list(role: Role) -> None:
    memory_app = InMemoryApp()
    employee = await an_employee(memory_app, "7001", role)
    told = await say(memory_app, employee, "帮助")
    examples = [one.example for one in ROUTES if role in one.roles and one.does]
    if examples:
        assert all(example in told for example in examples)
    else:
        assert f"{memory_app.hospital.public_url}/console" in told
