"""QuerySendStatistics (section 4): how many messages of each day were sent, arrived, failed, or have not been heard of yet."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from sandbox.sms.errors import Business, missing
from sandbox.sms.sending import SMS
from sandbox.world.chance import CHINA
from sandbox.world.scene import Scene
from sandbox.world.wire import Record

SPAN = timedelta(days=30)
PAGE_MAX = 50
_COUNTS = ("TotalCount", "RespondedSuccessCount", "RespondedFailCount", "NoRespondedCount")


class Statistics:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def query(self, params: dict[str, str], fault: Record) -> Record:
        """Days that have messages, oldest first. Raises Gateway, Business."""
        for name in ("IsGlobe", "StartDate", "EndDate", "PageIndex", "PageSize"):
            if not params.get(name):
                raise missing(name)
        first, last = _day(params["StartDate"]), _day(params["EndDate"])
        index, size = params["PageIndex"], params["PageSize"]
        if params["IsGlobe"] not in {"1", "2"} or not first <= last or last - first > SPAN:
            raise Business("isv.INVALID_PARAMETERS", "IsGlobe 为 1 或 2，日期范围不超过 30 天")
        if not (_is_number(index) and _is_number(size) and int(size) <= PAGE_MAX):
            raise Business("isv.INVALID_PARAMETERS", "PageIndex 从 1 开始，PageSize 1-50")
        days = self._days(first, last, params.get("SignName", "")) if params["IsGlobe"] == "1" else []
        start = (int(index) - 1) * int(size)
        return {"Data": {"TotalSize": len(days), "TargetList": days[start : start + int(size)]}}

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


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y%m%d").replace(tzinfo=CHINA)
    except ValueError:
        raise Business("isv.INVALID_PARAMETERS", "日期格式应为 yyyyMMdd") from None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 8 and int(text) >= 1
