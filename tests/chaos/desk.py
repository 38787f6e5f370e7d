"""The sandbox's controls, asked from asyncio: paper bills, the cashier, the window."""

from __future__ import annotations

import random
from collections.abc import Collection
from typing import Any

import aiohttp

PEOPLE = range(1, 9)
PATIENTS = 300
ISSUED_AT_ONCE = 3


class Desk:
    """Bills that nobody has in hand yet; more are issued when they run out. Those of the cards in ``without`` are left alone."""

    def __init__(
        self, session: aiohttp.ClientSession, url: str, dice: random.Random, without: Collection[str] = ()
    ) -> None:
        self._session = session
        self._url = url
        self._dice = dice
        people = [f"8800{number:06d}" for number in PEOPLE]
        others = [f"8801{number:06d}" for number in range(1, PATIENTS + 1)]
        dice.shuffle(others)
        self._cards = [card for card in people + others if card not in without]
        self._bills: list[dict[str, Any]] = []
        self._next = 0

    async def take(self) -> dict[str, Any] | None:
        """A paper bill with its QR; None while the app can't make one."""
        if not self._bills:
            card = self._cards[self._next % len(self._cards)]
            if self._next >= len(self._cards):
                await self.ask("/sandbox/his/issue", {"person": card, "count": ISSUED_AT_ONCE})
            self._next += 1
            told = await self.ask(f"/sandbox/bills?person={card}")
            bills = told["bills"] if told else []
            self._bills = [bill for bill in bills if bill["status"] == "unpaid" and "url" in bill]
            self._dice.shuffle(self._bills)
        return self._bills.pop() if self._bills else None

    async def enter_password(self, started: dict[str, Any], result: str = "ok") -> bool:
        """The cashier of the channel that the order was made at; False when it refuses."""
        params = started["call"]["params"]
        if "tradeNO" in params:
            return await self.ask("/sandbox/alipay/pay", {"trade_no": params["tradeNO"], "result": result}) is not None
        prepay_id = str(params["package"]).partition("=")[2]
        return await self.ask("/sandbox/wechat/pay", {"prepay_id": prepay_id, "result": result}) is not None

    async def ask(self, path: str, body: object = None) -> Any:
        """The answer's JSON, None for a refusal."""
        method = "GET" if body is None else "POST"
        try:
            async with self._session.request(method, self._url + path, json=body) as answer:
                return await answer.json() if answer.status == 200 else None
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None
