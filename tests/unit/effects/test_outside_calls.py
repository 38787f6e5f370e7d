"""Which outside system a piece of work was calling when it was cut off."""

from __future__ import annotations

import asyncio

import pytest

from server.core.errors import OutcomeUnknown
from server.effects.outside_calls import calling, within

pytestmark = pytest.mark.asyncio


async def hangs() -> None:
    await asyncio.Event().wait()


class TestCalls:
    async def test_work_that_is_cut_off_names_the_system_that_it_was_calling(self) -> None:
        async def work() -> None:
            with calling("wechatpay"):
                pass
            with pytest.raises(ZeroDivisionError), calling("alipay"):
                raise ZeroDivisionError
            with calling("his"), calling("sms"):
                await hangs()

        with pytest.raises(OutcomeUnknown) as cut_off:
            await within(0.01, work())
        assert cut_off.value.system == "his"

    async def test_work_that_was_calling_nobody_is_only_late(self) -> None:
        with pytest.raises(TimeoutError):
            await within(0.01, hangs())

    async def test_what_answers_in_time_is_answered_and_nothing_stays_noted(self) -> None:
        async def answers() -> str:
            with calling("his"):
                return "yes"

        async def fails() -> None:
            with calling("his"):
                raise TimeoutError

        assert await within(1.0, answers()) == "yes"
        with pytest.raises(TimeoutError):
            await within(1.0, fails())

    async def test_what_was_called_outside_of_it_is_not_its_own(self) -> None:
        with calling("sms"), pytest.raises(OutcomeUnknown) as cut_off:
            await within(0.01, self.calls_his())
        assert cut_off.value.system == "his"

    async def test_work_within_other_work_leaves_it_its_calls(self) -> None:
        async def outer() -> None:
            await within(1.0, asyncio.sleep(0))
            await self.calls_his()

        with pytest.raises(OutcomeUnknown) as cut_off:
            await within(0.01, outer())
        assert cut_off.value.system == "his"

    async def test_what_is_called_after_it_is_not_noted_as_its_own(self) -> None:
        for _ in range(2):
            with pytest.raises(OutcomeUnknown) as cut_off:
                await within(0.01, self.calls_his())
            assert cut_off.value.system == "his"
            with calling("sms"):
                await asyncio.sleep(0)

    async def calls_his(self) -> None:
        with calling("his"):
            await hangs()
