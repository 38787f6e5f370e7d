"""Old balances of outpatient cards: nothing is paid in any more, only given back (docs/his-interface.md section 11)."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from sandbox.hospital.errors import No
from sandbox.hospital.ledger import TRADE, Ledger
from sandbox.world.scene import Scene
from sandbox.world.wire import Record

BALANCE = "his.old_balance"
SEED = 20250331
ORDER = "oldest"
WINDOW = "门诊楼一楼 6 号窗口"
WAYS = ("cash", "wechat", "card", "alipay")


class OldBalances:
    """``paid_in`` of a card are the sums of kiosks and windows, from before they were forbidden; ``moved`` the app's payments whose money a
    window has put onto the card instead of sending it back.
    """

    def __init__(self, scene: Scene, ledger: Ledger, patient: Callable[[Record], Record]) -> None:
        self._scene = scene
        self._ledger = ledger
        self._patient = patient
        ledger.limits.append(self.may_give_back)
        self.functions = {"old_balance.query": self.query, "old_balance.list": self.listed}

    def open(self, patients: list[Record], now: datetime) -> None:
        """The first morning: of every four patients one has an old balance."""
        for number, patient in enumerate(patients, 1):
            if number % 4 == 1:
                self._put(_invented(random.Random(SEED + number), number, patient, now))

    def query(self, asked: Record) -> Record:
        known = self._get(asked["card_no"])
        if known is None:
            raise No("NO_DATA", "没有门诊余额")
        return {
            "balance": {
                "card_no": known["card_no"], "patient_name": known["patient_name"], "balance_fen": self._left_fen(known),
                "return_order": ORDER, "lots": self._lots(known), "window": WINDOW,
            }
        }  # fmt: skip

    def listed(self, asked: Record) -> Record:
        """By card number, those with something left, from a place in the list on, or behind a card."""
        left = {one["card_no"]: (one, self._left_fen(one)) for one in self._scene.records.all(BALANCE)}
        lines = [
            {**{name: one[name] for name in ("card_no", "patient_name", "phone")}, "balance_fen": fen}
            for _, (one, fen) in sorted(left.items())
            if fen
        ]
        after = asked.get("after", "")
        rest = [line for line in lines if line["card_no"] > after] if after else lines[asked.get("offset", 0) :]
        page = rest[: asked["limit"]]
        return {
            "total": len(lines), "balances": page, "next": page[-1]["card_no"] if page and len(page) < len(rest) else "",
        }  # fmt: skip

    def may_give_back(self, trade: Record, amount_fen: int) -> None:
        """Raises No for more of a payment that lies on a card than the card has left."""
        if "on_card" not in trade:
            return
        known = self._get(trade["on_card"])
        if known is None or amount_fen > self._left_fen(known):
            raise No("REFUSED", "门诊余额不足，不能退这么多")

    # ---- the window ----------------------------------------------------------------------------------------------------------------

    def move(self, out_trade_no: str) -> Record:
        """What is left of a bill's payment goes onto the patient's card. Raises No."""
        trade = self._scene.records.get(TRADE, out_trade_no)
        if trade is None or "card_no" not in trade or "on_card" in trade:
            raise No("REFUSED", "没有这笔缴费，或已退到就诊卡")
        if not self._ledger.left_fen(out_trade_no):
            raise No("REFUSED", "这笔缴费已全部退费")
        patient = self._patient({"card_no": trade["card_no"]})["patient"]
        known = self._get(trade["card_no"]) or _empty(patient, trade["card_no"])
        self._scene.records.put(
            TRADE, out_trade_no, {**trade, "on_card": trade["card_no"], "released_before_fen": trade["released_fen"]}
        )
        after = {**known, "moved": [*known["moved"], out_trade_no]}
        self._put(after)
        return after

    def pay_out(self, card_no: str) -> int:
        """A window pays out what was not paid through the app, in cash; how much. Raises No."""
        known = self._get(card_no)
        rest = 0 if known is None else self._left_fen(known) - _unreturned(self._moved(known))
        if known is None or rest <= 0:
            raise No("REFUSED", "没有可退的门诊余额")
        paid_in, paid_fen = [], 0
        for lot in known["paid_in"]:
            share = min(lot["amount_fen"] - lot["returned_fen"], rest - paid_fen)
            paid_fen += share
            paid_in.append({**lot, "returned_fen": lot["returned_fen"] + share})
        self._put({**known, "paid_in": paid_in})
        return paid_fen

    # ---- steps ---------------------------------------------------------------------------------------------------------------------

    def _lots(self, known: Record) -> list[Record]:
        return [*known["paid_in"], *self._moved(known)]

    def _moved(self, known: Record) -> list[Record]:
        found = (self._scene.records.get(TRADE, number) for number in known["moved"])
        return [_as_lot(trade) for trade in found if trade is not None]

    def _left_fen(self, known: Record) -> int:
        return max(_unreturned(self._lots(known)) - int(known["spent_fen"]), 0)

    def _get(self, card_no: str) -> Record | None:
        return self._scene.records.get(BALANCE, card_no)

    def _put(self, known: Record) -> None:
        self._scene.records.put(BALANCE, known["card_no"], known)


def _unreturned(lots: list[Record]) -> int:
    return sum(lot["amount_fen"] - lot["returned_fen"] for lot in lots)


def _empty(patient: Record, card_no: str) -> Record:
    return {
        "card_no": card_no, "patient_name": patient["name"], "phone": patient["phone"], "paid_in": [], "spent_fen": 0, "moved": [],
    }  # fmt: skip


def _invented(dice: random.Random, number: int, patient: Record, now: datetime) -> Record:
    lots = [_paid_in(dice, f"{number:04d}{one}", now) for one in range(dice.randint(1, 3))]
    spent_fen = dice.randint(0, sum(lot["amount_fen"] for lot in lots) // 200) * 100
    return {**_empty(patient, patient["cards"][0]), "paid_in": lots, "spent_fen": spent_fen}


def _paid_in(dice: random.Random, name: str, now: datetime) -> Record:
    way = dice.choice(WAYS)
    at = now - timedelta(days=dice.randint(620, 1100), minutes=dice.randint(0, 600))
    return {
        "his_trade_no": f"YC{name}", "receipt_no": f"YCS{name}", "way": way, "amount_fen": dice.choice((5000, 10000, 20000, 50000)),
        "returned_fen": 0, "paid_at": at.isoformat(timespec="seconds"), "out_trade_no": f"KIOSK{name}" if way in {"wechat", "alipay"} else "",
    }  # fmt: skip


def _as_lot(trade: Record) -> Record:
    before = trade["released_before_fen"]
    return {
        "his_trade_no": trade["his_trade_no"], "receipt_no": trade["receipt_no"], "way": trade["channel"],
        "amount_fen": trade["amount_fen"] - before, "returned_fen": trade["released_fen"] - before, "paid_at": trade["paid_at"],
        "out_trade_no": trade["out_trade_no"],
    }  # fmt: skip
