"""Receipts and refunds that the HIS has from other systems: windows and kiosks, whatever the way of payment."""

from __future__ import annotations

import random
from typing import Literal

from sandbox.hospital.catalogue import DEPARTMENTS
from sandbox.hospital.errors import No
from sandbox.world.chance import rfc3339
from sandbox.world.scene import Scene
from sandbox.world.wire import Record

TAKING = "his.taking"
Way = Literal["wechat", "alipay", "cash", "card", "insurance", "other"]
System = Literal["window", "kiosk"]
ON_ACCOUNTS = ("wechat", "alipay")
"""The ways whose money goes to a merchant account, in whose statement it stands."""
PLACES = {"window": ("counter", "window-3", "C0107", "上午班"), "kiosk": ("kiosk", "kiosk-12", "", "")}
"""By the system: its entrance in the words of the interface, its terminal, its operator and the operator's shift."""


class Takings:
    """``amount_fen`` is positive in both kinds of rows; the other system's order number is ``out_trade_no``. ``only_here``: no channel has it,
    whatever its way says.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def take(
        self,
        way: str,
        amount_fen: int,
        system: str,
        *,
        out_trade_no: str = "",
        transaction_id: str = "",
        only_here: bool = False,
    ) -> Record:
        """A receipt. The numbers are those that the channel knows; cash and cards have none."""
        his_trade_no = f"HIS{self._scene.dice.digits(12)}"
        entrance, terminal, operator, shift = PLACES[system]
        department, doctor, category = _work_of(his_trade_no)
        return self._keep({
            "kind": "payment", "way": way, "amount_fen": amount_fen, "his_trade_no": his_trade_no, "out_trade_no": out_trade_no,
            "out_refund_no": "", "transaction_id": transaction_id, "entrance": entrance, "terminal": terminal, "operator": operator,
            "shift": shift, "department": department, "doctor": doctor, "items": [{"category": category, "amount_fen": amount_fen}],
            "only_here": only_here,
        })  # fmt: skip

    def give_back(self, taken: Record, amount_fen: int, *, out_refund_no: str = "", transaction_id: str = "") -> Record:
        """A refund of ``taken``."""
        items = [{**item, "amount_fen": amount_fen} for item in taken["items"]]
        return self._keep({
            **taken, "kind": "refund", "amount_fen": amount_fen, "his_trade_no": f"HISR{self._scene.dice.digits(11)}",
            "out_refund_no": out_refund_no, "transaction_id": transaction_id, "items": items, "refund_of": taken["his_trade_no"],
        })  # fmt: skip

    def left_fen(self, taken: Record) -> int:
        """What has not been given back."""
        back = (row["amount_fen"] for row in self.all() if row.get("refund_of") == taken["his_trade_no"])
        return int(taken["amount_fen"] - sum(back))

    def get(self, his_trade_no: str) -> Record:
        """A receipt. Raises No."""
        taken = self._scene.records.get(TAKING, his_trade_no)
        if taken is None or taken["kind"] != "payment":
            raise No("NO_DATA", "没有这笔收款")
        return taken

    def all(self) -> list[Record]:
        return list(self._scene.records.all(TAKING))

    def _keep(self, row: Record) -> Record:
        kept = {**row, "at": rfc3339(self._scene.clock.business_now())}
        return self._scene.records.put(TAKING, kept["his_trade_no"], kept)


def _work_of(number: str) -> tuple[str, str, str]:
    """(department, doctor, item category), always the same for the same receipt."""
    dice = random.Random(number)
    department = dice.choice(list(DEPARTMENTS))
    doctors, items = DEPARTMENTS[department]
    return department, dice.choice(doctors), dice.choice(items)[1]
