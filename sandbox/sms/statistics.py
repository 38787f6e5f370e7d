"""QuerySendStatistics (section 4): how many messages of each day were sent, arrived, failed, or have not been heard of yet."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel

from sandbox.sms.errors import Business
from sandbox.sms.fields import Day, Page, PageSize, read
from sandbox.sms.sending import SMS
from sandbox.world.chance import CHINA
from sandbox.world.scene import Scene
from sandbox.world.wire import Record

SPAN = timedelta(days=30)
_COUNTS = ("TotalCount", "RespondedSuccessCount", "RespondedFailCount", "NoRespondedCount")


class Days(BaseModel):
    IsGlobe: Literal["1", "2"]
    StartDate: Day
    EndDate: Day
    PageIndex: Page
    PageSize: PageSize
    SignName: str = ""


class Statistics:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def query(self, params: dict[str, str], fault: Record) -> Record:
        """Days that have messages, oldest first. Raises Gateway, Business."""
        asked = read(params, Days)
        first, last, size = asked.StartDate, asked.EndDate, asked.PageSize
        if not first <= last or last - first > SPAN:
            raise Business("isv.INVALID_PARAMETERS", "日期范围不超过 30 天")
        days = self._days(first, last, asked.SignName) if asked.IsGlobe == "1" else []
        start = (asked.PageIndex - 1) * size
        return {"Data": {"TotalSize": len(days), "TargetList": days[start : start + size]}}

    def _days(self, first: datetime, last: datetime, sign_name: str) -> list[Record]:
        found: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(_COUNTS, 0))
        for message in self._scene.records.all(SMS):
            day = datetime.fromisoformat(message["at"]).astimezone(CHINA)
            if not first <= day < last + timedelta(days=1) or sign_name not in ("", message["sender"]):
                continue
            counts = found[f"{day:%Y%m%d}"]
            counts["TotalCount"] += 1
            counts[self._heard(message)] += 1
        return [{**found[day], "SendDate": day} for day in sorted(found)]

    def _heard(self, message: Record) -> str:
        if datetime.fromisoformat(message["arrives"]) > self._scene.clock.now():
            return "NoRespondedCount"
        return "RespondedSuccessCount" if message["result"] == "DELIVERED" else "RespondedFailCount"
