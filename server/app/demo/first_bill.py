"""How long a stranger takes from ``make run`` to the first paid bill: measured once, on a fresh data folder."""

from __future__ import annotations

import time
from collections.abc import Callable

from server.app.demo import outside


class FirstPaidBill:
    """Asks the sandbox what was paid until something was, then never again. Silent if an earlier run had one paid."""

    def __init__(self, sandbox_port: int, began_at: float, say: Callable[[str], None]) -> None:
        self._port = sandbox_port
        self._began_at = began_at
        self._say = say
        self._looking = not self._paid()

    def look(self) -> None:
        """Called about once a second."""
        if self._looking and self._paid():
            self._looking = False
            self._say(f"first make run to a paid bill: {time.time() - self._began_at:.0f} s 从启动到首笔支付")

    def _paid(self) -> bool:
        money = outside.json_of(self._port, "/sandbox/money")
        return bool(money) and any(
            trade.get("trade_state") in ("SUCCESS", "REFUND") for trade in money["wechatpay"]["trades"]
        )
