"""What `run.py doctor` says of an installation in which nothing is wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import cast

import pytest

from server.app.doctor import diagnose
from server.app.services import Services
from server.core.unreadable import UnreadableDocument
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import a_hospital


class RightClock:
    offset_s = 0.0
    is_off = False

    async def measure(self) -> None:
        return None


async def nothing() -> AsyncIterator[UnreadableDocument]:
    """Every document can be read."""
    for document in ():
        yield document


@pytest.mark.asyncio
async def test_the_payment_directory_is_named_for_each_hospital_with_wechat() -> None:
    memory_app = InMemoryApp(a_hospital(), a_hospital("other"))
    services = SimpleNamespace(hospitals=memory_app.hospitals, stores=memory_app.stores, clock=memory_app.clock)
    findings = await diagnose(RightClock(), cast("Services", services), nothing())
    checked = [finding.text for finding in findings if finding.text.startswith("checked")]
    assert checked == [
        f"checked 已检查 {what}: in order 正常"
        for what in (
            "clock 时钟",
            "documents that can't be read 读不出的记录",
            "payments 支付",
            *(
                f"{hospital}: {kind}"
                for hospital in ("demo", "other")
                for kind in ("alerts 告警", "unclaimed money 待认领的钱", "recurring tasks 定时任务")
            ),
        )
    ]
    told = [finding for finding in findings if "支付授权目录" in finding.text]
    assert [finding.to_mend for finding in told] == [False, False]
    for finding, hospital in zip(told, ("demo", "other"), strict=True):
        assert f"https://pay.hospital.example/h/{hospital}/" in finding.text
