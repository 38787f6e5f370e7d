"""What the HIS has taken over and written off. Each of our numbers is worked on once (docs/his-interface.md section 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from sandbox.hospital.errors import No
from sandbox.world.chance import rfc3339
from sandbox.world.scene import Scene
from sandbox.world.wire import Record

TRADE, RELEASE = "his.trade", "his.release"
GUIDE = "请凭就诊卡到一楼药房或检查科室。"
CONTENT = (
    "card_no", "bill_nos", "amount_fen", "channel", "transaction_id", "paid_at", "entrance", "terminal", "operator",
)  # fmt: skip


class SetStatus(Protocol):
    def __call__(self, bill_nos: Iterable[str], status: str, **more: str) -> None: ...


class Numbers(Protocol):
    """Numbers of registrations; `registration.Registration` has them."""

    def must_be_unused(self, trade: Record) -> None:
        """Raises No."""

    def written_off(self, trade: Record) -> None: ...


class Ledger:
    """``bills`` finds the bills that a request names (raises No), ``set_status`` changes them; ``numbers`` are what else can be paid for."""

    def __init__(
        self, scene: Scene, bills: Callable[[Record], list[Record]], set_status: SetStatus, numbers: Numbers
    ) -> None:
        self._scene = scene
        self._bills = bills
        self._set_status = set_status
        self.limits: list[Callable[[Record, int], None]] = []
        """Each raises No where more than the hospital owes would be written off from this trade; whoever knows what it was for adds one."""
        self._numbers = numbers

    # ---- taking over ---------------------------------------------------------------------------------------------------------------

    def confirm(self, asked: Record) -> Record:
        """The same number with the same content gets the first result again."""
        number = asked["out_trade_no"]
        known = self.known(asked, CONTENT)
        if known is not None:
            return known
        bills = self._bills(asked)
        if any(bill["status"] == "paid" for bill in bills):
            raise No("ALREADY_PAID", "缴费单已支付")
        if any(bill["status"] != "unpaid" for bill in bills):
            raise No("BILL_CHANGED", "缴费单已退费")
        if sum(bill["own_fen"] for bill in bills) != asked["amount_fen"]:
            raise No("AMOUNT_DIFFERS", "支付金额与缴费单不符")
        if (asked["channel"] == "none") != (asked["amount_fen"] == 0) or (
            asked["amount_fen"] and not asked["transaction_id"]
        ):
            raise No("REFUSED", "支付渠道与金额不符，或没有渠道交易号")
        told = self.take(asked, CONTENT)
        self._set_status(asked["bill_nos"], "paid", out_trade_no=number)
        return told

    def known(self, asked: Record, content: Sequence[str]) -> Record | None:
        """The first result of this number, or None where it is new. Raises No for other ``content`` than then."""
        known = self._scene.records.get(TRADE, asked["out_trade_no"])
        if known is None:
            return None
        if any(known.get(name) != asked[name] for name in content):
            raise No("CONFLICT", "这个支付单号已用于其他内容")
        return _receipt(known)

    def take(self, asked: Record, content: Sequence[str]) -> Record:
        """A new trade with the ``content`` of the request; the receipt."""
        trade = {
            "out_trade_no": asked["out_trade_no"],
            "bill_nos": asked["bill_nos"],
            **{name: asked[name] for name in content},
            "guide_text": asked.get("guide_text", GUIDE),
            "his_trade_no": f"HIS{self._scene.dice.digits(12)}",
            "receipt_no": f"SJ{self._scene.dice.digits(10)}",
            "at": rfc3339(self._scene.clock.business_now()),
            "released_fen": 0,
            "released_lines": {},
        }
        self._scene.records.put(TRADE, trade["out_trade_no"], trade)
        return _receipt(trade)

    def check(self, asked: Record) -> Record:
        trade = self._scene.records.get(TRADE, asked["out_trade_no"])
        if trade is None:
            return {"found": False}
        return {"found": True, "amount_fen": trade["amount_fen"], "booked_at": trade["at"], **_receipt(trade)}

    # ---- back again ----------------------------------------------------------------------------------------------------------------

    def refund_check(self, asked: Record) -> Record:
        try:
            self._refundable(asked)
        except No as no:
            return {"allowed": False, "reason": no.message}
        return {"allowed": True}

    def refund_release(self, asked: Record) -> Record:
        """Written off: nothing can be dispensed any more. The same refund number gets the first result again."""
        number = asked["out_refund_no"]
        known = self._scene.records.get(RELEASE, number)
        if known is not None:
            if any(known[name] != asked[name] for name in ("out_trade_no", "amount_fen", "lines")):
                raise No("CONFLICT", "这个退费单号已用于其他内容")
            return {"his_refund_no": known["his_refund_no"]}
        self.take_off(asked)
        release = {
            "out_refund_no": number, "out_trade_no": asked["out_trade_no"], "amount_fen": asked["amount_fen"], "lines": asked["lines"],
            "his_refund_no": f"HISR{self._scene.dice.digits(11)}", "at": rfc3339(self._scene.clock.business_now()), "outcome": "released",
        }  # fmt: skip
        self.keep_release(release)
        return {"his_refund_no": release["his_refund_no"]}

    def take_off(self, asked: Record, *, at_window: bool = False) -> None:
        """``asked`` is written off from its trade. Raises No."""
        trade = self._refundable(asked, at_window)
        released = trade["released_fen"] + asked["amount_fen"]
        self._scene.records.put(TRADE, trade["out_trade_no"], {**trade, "released_fen": released})
        if released >= trade["amount_fen"]:
            self._set_status(trade["bill_nos"], "refunded")
            self._numbers.written_off(trade)

    def put_back(self, asked: Record) -> None:
        """What was taken off without lines stands again."""
        trade = self._trade(asked["out_trade_no"])
        released = trade["released_fen"] - asked["amount_fen"]
        self._scene.records.put(TRADE, trade["out_trade_no"], {**trade, "released_fen": released})
        self._set_status(trade["bill_nos"], "paid")

    def keep_release(self, release: Record) -> None:
        self._scene.records.put(RELEASE, release["out_refund_no"], release)

    def left_fen(self, out_trade_no: str) -> int:
        """What has not been written off yet. Raises No."""
        trade = self._trade(out_trade_no)
        return int(trade["amount_fen"] - trade["released_fen"])

    def _trade(self, out_trade_no: str) -> Record:
        trade = self._scene.records.get(TRADE, out_trade_no)
        if trade is None:
            raise No("REFUSED", "医院系统没有这笔缴费")
        return trade

    def _refundable(self, asked: Record, at_window: bool = False) -> Record:
        """The trade that ``asked`` may be written off from, with the lines as they will be then. What has been handed out can only be
        taken back at the window. Raises No.
        """
        trade = self._trade(asked["out_trade_no"])
        if asked["amount_fen"] < 1 or trade["released_fen"] + asked["amount_fen"] > trade["amount_fen"]:
            raise No("REFUSED", "退费金额超过可退金额")
        for limit in self.limits:
            limit(trade, asked["amount_fen"])
        if not at_window:
            self._numbers.must_be_unused(trade)
        bills = {bill["bill_no"]: bill for bill in self._bills(trade)}
        touched = {line["bill_no"] for line in asked["lines"]} or set(bills)
        if not touched <= set(bills):
            raise No("REFUSED", "退费明细不属于这笔缴费")
        if not at_window and any(bills[bill_no].get("dispensed") for bill_no in touched):
            raise No("REFUSED", "药品已发出，请到窗口办理退费")
        return trade | {"released_lines": self._lines_after(asked, trade, bills)}

    def _lines_after(self, asked: Record, trade: Record, bills: dict[str, Record]) -> dict[str, int]:
        """What will have gone back of each item. Every line is an item of its bill, no item gives back more than it cost, all refunds
        together, and the lines are the amount. Raises No.
        """
        lines: list[dict[str, Any]] = asked["lines"]
        gone: dict[str, int] = dict(trade["released_lines"])
        for line in lines:
            items = {item["item_no"]: item for item in bills[line["bill_no"]]["items"]}
            item, key = items.get(line["item_no"]), f"{line['bill_no']}/{line['item_no']}"
            gone[key] = gone.get(key, 0) + line["amount_fen"]
            if item is None or gone[key] > item["amount_fen"]:
                raise No("REFUSED", "退费明细与缴费单不符，或已经退过")
        if lines and sum(line["amount_fen"] for line in lines) != asked["amount_fen"]:
            raise No("REFUSED", "退费明细之和与退费金额不符")
        return gone

    def refund_notify(self, asked: Record) -> Record:
        """Repeatable; the last word holds."""
        known = self._scene.records.get(RELEASE, asked["out_refund_no"])
        if known is None or known["out_trade_no"] != asked["out_trade_no"]:
            raise No("NO_DATA", "没有这笔退费")
        told = {"outcome": asked["outcome"], "channel_refund_no": asked["channel_refund_no"]}
        self._scene.records.put(RELEASE, asked["out_refund_no"], known | told)
        return {}


def _some(record: Record, *names: str) -> Record:
    return {name: record[name] for name in names}


def _receipt(trade: Record) -> Record:
    return _some(trade, "his_trade_no", "receipt_no") | {
        "receipt_url": "",
        "guide_text": trade.get("guide_text", GUIDE),
    }
