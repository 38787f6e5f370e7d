"""出院结算: the calculation of a whole stay, settled once (docs/his-interface.md section 8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sandbox.hospital.errors import No
from sandbox.hospital.ledger import Ledger
from sandbox.hospital.wards import by_kind
from sandbox.world.scene import Scene
from sandbox.world.wire import Record

ORDER = "newest"
SETTLE_CONTENT = (
    "admission_no", "stay", "settlement_no", "amount_fen", "channel", "transaction_id", "paid_at", "entrance", "terminal", "operator",
)  # fmt: skip


class Stays(Protocol):
    def get(self, asked: Record) -> Record: ...

    def put(self, admission: Record) -> None: ...

    def paid_in_fen(self, admission: Record) -> int: ...

    def own_fen(self, admission: Record) -> int: ...

    def items(self, admission: Record) -> Sequence[Record]: ...


class Settling:
    def __init__(self, scene: Scene, ledger: Ledger, stays: Stays) -> None:
        self._scene = scene
        self._ledger = ledger
        self._stays = stays

    def presettle(self, asked: Record) -> Record:
        admission = self._stays.get(asked)
        if admission["state"] == "admitted":
            raise No("REFUSED", "还没有办理出院，请等病区通知")
        if admission["state"] == "settled":
            raise No("REFUSED", "住院费用已结算")
        return self._calculation(admission)

    def settle(self, asked: Record) -> Record:
        """The same number with the same content gets the first result again."""
        known = self._ledger.known(asked, SETTLE_CONTENT)
        if known is not None:
            return known
        admission = self._stays.get(asked)
        if admission["state"] == "settled":
            raise No("ALREADY_PAID", "住院费用已结算")
        if admission["state"] == "admitted":
            raise No("REFUSED", "还没有办理出院，请等病区通知")
        now = self._calculation(admission)
        if now["settlement_no"] != asked["settlement_no"]:
            raise No("BILL_CHANGED", "住院费用或预交金有变化，请重新核对")
        if now["to_pay_fen"] != asked["amount_fen"]:
            raise No("AMOUNT_DIFFERS", "支付金额与应补交的不符")
        if (asked["channel"] == "none") != (asked["amount_fen"] == 0) or (
            asked["amount_fen"] and not asked["transaction_id"]
        ):
            raise No("REFUSED", "支付渠道与金额不符，或没有渠道交易号")
        guide = "请到住院收费处打印发票。"
        told = self._ledger.take({"bill_nos": [], "guide_text": guide, **asked}, SETTLE_CONTENT)
        self._stays.put({**admission, "state": "settled", "settled_by": asked["out_trade_no"]})
        return told

    def take_back(self, admission: Record) -> None:
        """结算撤销 at the window: the stay is open again. Raises No."""
        if admission["state"] != "settled" or self._ledger.left_fen(admission["settled_by"]):
            raise No("REFUSED", "没有可撤销的结算，或补交的钱还没有退")
        reversed_before = admission.get("taken_back", 0)
        self._stays.put({**admission, "state": "discharged", "settled_by": "", "taken_back": reversed_before + 1})

    def _calculation(self, admission: Record) -> Record:
        """``settlement_no`` is another one when a sum is, and after every reversal."""
        kinds = by_kind(self._stays.items(admission))
        total = sum(kind["amount_fen"] for kind in kinds)
        own, paid_in = self._stays.own_fen(admission), self._stays.paid_in_fen(admission)
        name = f"{admission['admission_no']}-{admission['stay']}-{admission.get('taken_back', 0)}"
        return {
            "settlement_no": f"JS{name}-{total}-{paid_in}", "total_fen": total, "fund_fen": total - own, "account_fen": 0, "own_fen": own,
            "deposits_fen": paid_in, "to_pay_fen": max(own - paid_in, 0), "to_return_fen": max(paid_in - own, 0), "return_order": ORDER,
            "kinds": [{name: kind[name] for name in ("category", "amount_fen")} for kind in kinds],
        }  # fmt: skip
