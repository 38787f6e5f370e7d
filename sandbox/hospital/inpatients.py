"""Admissions, their deposits and their days (docs/his-interface.md section 8)."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

from sandbox.hospital.errors import No
from sandbox.hospital.ledger import TRADE, Ledger
from sandbox.hospital.settling import Settling
from sandbox.hospital.wards import by_kind, invented_admission, items_of_day
from sandbox.world.scene import Scene
from sandbox.world.wire import Record

ADMISSION = "his.admission"
SEED = 20260201
LOW_PERCENT = 25
"""Below this share of the limit a deposit is low."""
TOLD = (
    "admission_no", "stay", "card_no", "patient_name", "department", "ward", "bed", "doctor", "admitted_at", "discharged_at", "state",
)  # fmt: skip
DEPOSIT_CONTENT = (
    "admission_no", "stay", "amount_fen", "channel", "transaction_id", "paid_at", "entrance", "terminal", "operator",
)  # fmt: skip


class Inpatients:
    """The deposits that came through the app are trades of the ledger; those of the window stand in the admission."""

    def __init__(self, scene: Scene, ledger: Ledger) -> None:
        self._scene = scene
        self._ledger = ledger
        ledger.limits.append(self.may_give_back)
        self.settling = Settling(scene, ledger, self)
        self.functions = {
            "admission.query": self.query,
            "admissions.list": self.of_card,
            "admission.day": self.day,
            "deposits.list": self.deposits,
            "deposit.quote": self.quote,
            "deposit.confirm": self.confirm,
            "discharge.presettle": self.settling.presettle,
            "discharge.settle": self.settling.settle,
        }

    def open(self, patients: list[Record], now: datetime) -> None:
        """The first morning: of every three patients one is admitted, and one has been discharged and not settled."""
        for number, patient in enumerate(patients, 1):
            state = {1: "admitted", 2: "discharged"}.get(number % 3)
            if state is not None:
                dice = random.Random(SEED + number)
                self.put(invented_admission(dice, number, patient, now, state=state, insured=number % 5 != 0))

    # ---- questions -----------------------------------------------------------------------------------------------------------------

    def query(self, asked: Record) -> Record:
        found = [one for one in self._all() if one["admission_no"] == asked["admission_no"]]
        if not found:
            raise No("NO_DATA", "没有这个住院号")
        return {"admission": self._told(max(found, key=lambda one: int(one["stay"])))}

    def of_card(self, asked: Record) -> Record:
        found = [one for one in self._all() if one["card_no"] == asked["card_no"]]
        if not found:
            raise No("NO_DATA", "没有住院记录")
        newest = sorted(found, key=lambda one: str(one["admitted_at"]), reverse=True)
        return {"admissions": [self._told(one) for one in newest]}

    def day(self, asked: Record) -> Record:
        admission, day = self.get(asked), date.fromisoformat(asked["date"])
        if day not in self._days(admission):
            raise No("NO_DATA", "这一天没有费用")
        items = items_of_day(SEED, admission, day)
        return {
            "date": day.isoformat(),
            "amount_fen": sum(item["amount_fen"] for item in items),
            "kinds": by_kind(items),
        }

    def deposits(self, asked: Record) -> Record:
        admission = self.get(asked)
        windows = [{**one, "returned_fen": 0, "out_trade_no": ""} for one in admission["window"]]
        return {"deposits": [*windows, *(_as_deposit(trade) for trade in self._trades(admission))]}

    def quote(self, asked: Record) -> Record:
        """The law binds a deposit to the average own part of the disease; beyond it only what was really spent can be asked for."""
        admission = self.get(asked)
        if admission["state"] != "admitted":
            return {"needed_fen": 0, "cap_fen": admission["average_fen"], "reason": "已办理出院"}
        needed = max(admission["average_fen"], self.own_fen(admission)) - self.paid_in_fen(admission)
        reason = "预交金按同病种患者平均自付费用核定" + ("" if needed > 0 else "，已交足")
        return {"needed_fen": max(needed, 0), "cap_fen": admission["average_fen"], "reason": reason}

    # ---- money ---------------------------------------------------------------------------------------------------------------------

    def confirm(self, asked: Record) -> Record:
        """The same number with the same content gets the first result again."""
        known = self._ledger.known(asked, DEPOSIT_CONTENT)
        if known is not None:
            return known
        admission = self.get(asked)
        if admission["state"] != "admitted":
            raise No("REFUSED", "已办理出院，不能再交预交金")
        if not 0 < asked["amount_fen"] <= self.quote(asked)["needed_fen"]:
            raise No("REFUSED", "超过还需交纳的预交金")
        if asked["channel"] == "none" or not asked["transaction_id"]:
            raise No("REFUSED", "没有渠道交易号")
        guide = f"预交金已记入{admission['ward']}{admission['bed']}床。"
        told = self._ledger.take({"bill_nos": [], "guide_text": guide, **asked}, DEPOSIT_CONTENT)
        self.put({**admission, "trades": [*admission["trades"], asked["out_trade_no"]]})
        return told

    def may_give_back(self, trade: Record, amount_fen: int) -> None:
        """Raises No for more of a deposit than the admission has left."""
        if "admission_no" not in trade:
            return
        if "settlement_no" in trade:
            raise No("REFUSED", "已结算，请到住院收费处办理")
        admission = self.get(trade)
        if amount_fen > self.paid_in_fen(admission) - self.own_fen(admission):
            raise No("REFUSED", "预交金余额不足，不能退这么多")

    def paid_in_fen(self, admission: Record) -> int:
        """Deposits less what was given back of them."""
        windows = sum(one["amount_fen"] for one in admission["window"])
        return int(windows + sum(trade["amount_fen"] - trade["released_fen"] for trade in self._trades(admission)))

    def own_fen(self, admission: Record) -> int:
        spent = self.spent_fen(admission)
        return spent - spent * int(admission["fund_percent"]) // 100

    def spent_fen(self, admission: Record) -> int:
        return sum(item["amount_fen"] for item in self.items(admission))

    def items(self, admission: Record) -> list[Record]:
        """Of the whole stay."""
        return [item for day in self._days(admission) for item in items_of_day(SEED, admission, day)]

    # ---- the ward ------------------------------------------------------------------------------------------------------------------

    def discharge(self, card_no: str) -> Record:
        """The patient leaves the ward; not settled yet. Raises No."""
        found = [one for one in self._all() if one["card_no"] == card_no and one["state"] == "admitted"]
        if not found:
            raise No("NO_DATA", "没有在院的住院")
        left = self._scene.clock.business_now().isoformat(timespec="seconds")
        self.put({**found[0], "state": "discharged", "discharged_at": left})
        return found[0]

    def newest(self, card_no: str) -> Record:
        """The newest stay of the card's patient. Raises No."""
        found = [one for one in self._all() if one["card_no"] == card_no]
        if not found:
            raise No("NO_DATA", "没有住院记录")
        return max(found, key=lambda one: str(one["admitted_at"]))

    # ---- steps ---------------------------------------------------------------------------------------------------------------------

    def _told(self, admission: Record) -> Record:
        rest = self.paid_in_fen(admission) - self.own_fen(admission)
        low = admission["state"] == "admitted" and rest * 100 < admission["average_fen"] * LOW_PERCENT
        needed = low and self.quote(admission)["needed_fen"] > 0
        return {
            **{name: admission[name] for name in TOLD}, "deposits_fen": self.paid_in_fen(admission), "spent_fen": self.spent_fen(admission),
            "own_fen": self.own_fen(admission), "left_fen": max(rest, 0), "owed_fen": max(-rest, 0),
            "low_reason": "预交金余额不足，请尽快续交" if needed else "",
        }  # fmt: skip

    def _days(self, admission: Record) -> list[date]:
        """Every day of the stay so far, by the hospital's calendar."""
        begun = datetime.fromisoformat(admission["admitted_at"])
        ended = admission["discharged_at"]
        until = datetime.fromisoformat(ended) if ended else self._scene.clock.business_now().astimezone(begun.tzinfo)
        return [begun.date() + timedelta(days=one) for one in range((until.date() - begun.date()).days + 1)]

    def _trades(self, admission: Record) -> list[Record]:
        found = (self._scene.records.get(TRADE, number) for number in admission["trades"])
        return [trade for trade in found if trade is not None]

    def get(self, asked: Record) -> Record:
        admission = self._scene.records.get(ADMISSION, _key(asked))
        if admission is None:
            raise No("NO_DATA", "没有这次住院")
        return admission

    def put(self, admission: Record) -> None:
        self._scene.records.put(ADMISSION, _key(admission), admission)

    def _all(self) -> list[Record]:
        return list(self._scene.records.all(ADMISSION))


def _key(named: Record) -> str:
    return f"{named['admission_no']}/{named['stay']}"


def _as_deposit(trade: Record) -> Record:
    return {
        "his_trade_no": trade["his_trade_no"], "receipt_no": trade["receipt_no"], "way": trade["channel"], "amount_fen": trade["amount_fen"],
        "returned_fen": trade["released_fen"], "paid_at": trade["paid_at"], "out_trade_no": trade["out_trade_no"],
    }  # fmt: skip
