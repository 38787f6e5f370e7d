"""The HIS's day list as the sandbox plays it: late, half, doubled and wrong lists are never taken for the day."""

from __future__ import annotations

import pytest

from server.core.days import hospital_day
from server.core.errors import NotSent, OutcomeUnknown
from server.infrastructure.clock_and_ids import SystemClock, SystemIds
from server.infrastructure.transport import AiohttpTransport
from server.platforms.his.http_json import HttpJsonHis
from tests.contract.channels.conftest import Controls, RunningSandbox
from tests.contract.channels.test_his import a_config

TODAY = hospital_day(SystemClock().now())


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", ["doubled_row", "half_written", "wrong_total"])
async def test_a_his_list_that_does_not_hold_is_no_list(
    sandbox: RunningSandbox, transport: AiohttpTransport, controls: Controls, fault: str
) -> None:
    his = HttpJsonHis(a_config(sandbox), transport, SystemClock(), SystemIds())
    await controls.ask("POST", "/sandbox/his/take", {"way": "cash", "fen": 500, "count": 3})
    await controls.fault("his.statement.day", fault, times=None)
    with pytest.raises(OutcomeUnknown):
        await his.statement_day(TODAY)


@pytest.mark.asyncio
async def test_a_his_list_that_comes_late_is_asked_for_again(
    sandbox: RunningSandbox, transport: AiohttpTransport, controls: Controls
) -> None:
    his = HttpJsonHis(a_config(sandbox), transport, SystemClock(), SystemIds())
    await controls.fault("his.statement.day", "late_file", times=1)
    with pytest.raises(NotSent):
        await his.statement_day(TODAY)
    assert await his.statement_day(TODAY) is not None
