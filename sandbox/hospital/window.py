"""The HIS's own window gives money back: it writes off first, then asks the app to send the money (docs/his-interface.md section 4, refund.make)."""

from __future__ import annotations

from sandbox.hospital.errors import No
from sandbox.hospital.ledger import Ledger
from sandbox.world.chance import rfc3339
from sandbox.world.scene import Scene
from sandbox.world.wire import Record

WAITING = "his.window_refund"
OPERATOR = "window-3"


class Window:
    """One refund of a payment at a time: while the app has not answered, the same one is asked for again."""

    def __init__(self, scene: Scene, ledger: Ledger) -> None:
        self._scene = scene
        self._ledger = ledger

    def write_off(self, out_trade_no: str, amount_fen: int | None) -> Record:
        """What refund.make is to be told; ``None``: all that is left. Raises No."""
        waiting = self._scene.records.get(WAITING, out_trade_no)
        if waiting is not None and waiting["asked"] is not None:
            asked: Record = waiting["asked"]
            if amount_fen not in (None, asked["amount_fen"]):
                raise No("CONFLICT", "上一笔窗口退费还没有答复，请先用原金额再试一次")
            return asked
        amount_fen = self._ledger.left_fen(out_trade_no) if amount_fen is None else amount_fen
        asked = {
            "out_trade_no": out_trade_no, "his_refund_no": f"HISW{self._scene.dice.digits(11)}", "amount_fen": amount_fen, "lines": [],
            "reason": "window", "operator": OPERATOR,
        }  # fmt: skip
        self._ledger.take_off(asked, at_window=True)
        self._keep(out_trade_no, asked)
        return asked

    def taken(self, asked: Record, out_refund_no: str) -> None:
        """The app sends the money, under this number."""
        release = {name: asked[name] for name in ("out_trade_no", "amount_fen", "lines", "his_refund_no")}
        at = rfc3339(self._scene.clock.business_now())
        self._ledger.keep_release({"out_refund_no": out_refund_no, **release, "at": at, "outcome": "released"})
        self._keep(asked["out_trade_no"], None)

    def undo(self, asked: Record) -> None:
        """The app has refused: the write-off is taken back, once."""
        waiting = self._scene.records.get(WAITING, asked["out_trade_no"])
        if waiting is None or waiting["asked"] != asked:
            return
        self._ledger.put_back(asked)
        self._keep(asked["out_trade_no"], None)

    def _keep(self, out_trade_no: str, asked: Record | None) -> None:
        self._scene.records.put(WAITING, out_trade_no, {"asked": asked})
