"""What a payment platform pays out of a merchant's account to the hospital's bank: withdrawals, in parts, each under a number of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated

from pydantic import Field

from sandbox.world.chance import CHINA, rfc3339
from sandbox.world.scene import Scene
from sandbox.world.settings import Setting, Settings
from sandbox.world.wire import Record

PAYOUT = "payout"
PLACE = "bank.payout"
SHORT, LATE = "payout_short", "late_payout"
FAULTS = {SHORT, LATE}
SHORT_FEN, LATE_DAYS = 100, 1
LEAVES_AT = time(6, 0, tzinfo=CHINA)
DAYS, PART_MAX, BANK_DAYS = "payout_days", "payout_part_max_fen", "payout_bank_days"
KINDS = {"wechat": "1107", "alipay": "2107"}
"""How the numbers of each platform's withdrawals begin."""


SETTINGS: Settings = {
    DAYS: Setting(1, Annotated[int, Field(ge=1, le=30)] | None, "a number of days from 1 to 30, or null for never"),
    PART_MAX: Setting(5_000_000, Annotated[int, Field(ge=1, le=10**12)], "a number of fen from 1"),
    BANK_DAYS: Setting(0, Annotated[int, Field(ge=0, le=30)], "a number of days from 0 to 30"),
}


class Payouts:
    """Nothing is paid out of an account that is at or below zero: refunds of more than came in wait for the next money."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def pay_out(self, channel: str, account: str, day: date, flows: Mapping[str, int]) -> None:
        """What was in the account at the end of the day T − n. ``flows`` is what came in less what went out by ISO day, without payouts.
        A day is paid out once.
        """
        settings = self._scene.faults.settings
        if settings[DAYS] is None or self.of(channel, day, day):
            return
        until = (day - timedelta(days=settings[DAYS])).isoformat()
        came = sum(fen for moved, fen in flows.items() if moved <= until)
        left, part = came - sum(each["amount_fen"] for each in self.of(channel, date.min, day)), 0
        while left > 0:
            part += 1
            amount_fen = min(left, settings[PART_MAX])
            left -= amount_fen
            self._send(f"{KINDS[channel]}{day:%Y%m%d}{part:08d}", channel, account, day, amount_fen)

    def _send(self, number: str, channel: str, account: str, day: date, amount_fen: int) -> None:
        fault = self._scene.faults.strike(PLACE) or {"what": ""}
        short = int(fault.get("fen", SHORT_FEN)) if fault["what"] == SHORT else 0
        late = int(fault.get("days", LATE_DAYS)) if fault["what"] == LATE else 0
        arrives = day + timedelta(days=self._scene.faults.settings[BANK_DAYS] + late)
        self._scene.records.put(PAYOUT, number, {
            "number": number, "channel": channel, "account": account, "day": day.isoformat(), "at": rfc3339(datetime.combine(day, LEAVES_AT)),
            "amount_fen": amount_fen, "arrives": arrives.isoformat(), "arrived_fen": max(amount_fen - short, 0),
        })  # fmt: skip

    def of(self, channel: str, first: date, last: date) -> list[Record]:
        """Those that left the platform from ``first`` to ``last``, oldest first."""
        since, until = first.isoformat(), last.isoformat()
        return [each for each in self.all() if each["channel"] == channel and since <= each["day"] <= until]

    def all(self) -> list[Record]:
        return sorted(self._scene.records.all(PAYOUT), key=lambda each: (each["day"], each["number"]))
