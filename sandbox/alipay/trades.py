"""Trades: made, paid, closed, expired (section 7). A state machine over records; amounts in fen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sandbox.alipay.asked import SAME
from sandbox.alipay.errors import failed
from sandbox.world.chance import Dice, WorldClock, rfc3339
from sandbox.world.fees import fee_back_fen, fee_fen
from sandbox.world.records import Records
from sandbox.world.wire import Record

TRADE, NUMBER, OFFER = "alipay.trade", "alipay.number", "alipay.offer"
WAITING, SUCCESS, CLOSED, FINISHED = "WAIT_BUYER_PAY", "TRADE_SUCCESS", "TRADE_CLOSED", "TRADE_FINISHED"
REFUND_WITHIN = timedelta(days=365)
QR_LIFE = timedelta(hours=2)
FEE = "alipay_fee_points"
QR_HOST = "https://qr.alipay.com/"


class Trades:
    """An *offer* is what becomes a trade only when a buyer comes: a QR of precreate, a cashier page of wap.pay."""

    def __init__(self, records: Records, clock: WorldClock, dice: Dice, settings: Callable[[], Record]) -> None:
        self._settings = settings
        self._records = records
        self._clock = clock
        self._dice = dice

    # ---- found -----------------------------------------------------------------------------------------------------------------

    def get(self, trade_no: str) -> Record | None:
        trade = self._records.get(TRADE, trade_no)
        return None if trade is None else self._as_of_now(trade)

    def by_number(self, out_trade_no: str) -> Record | None:
        known = self._records.get(NUMBER, out_trade_no)
        return None if known is None else self.get(known["trade_no"])

    def named(self, out_trade_no: str, trade_no: str) -> Record | None:
        """``trade_no`` wins."""
        return self.get(trade_no) if trade_no else self.by_number(out_trade_no)

    def all(self) -> list[Record]:
        return [self._as_of_now(trade) for trade in self._records.all(TRADE)]

    def _as_of_now(self, trade: Record) -> Record:
        """Time closes what was not paid, and finishes what can't be refunded any more; a whole refund closes too."""
        now = self._clock.now()
        if trade["status"] == WAITING and datetime.fromisoformat(trade["expires"]) <= now:
            return {**trade, "status": CLOSED, "closed": trade["expires"]}
        if trade["status"] != SUCCESS:
            return trade
        refunded_fen = sum(fen for moved, fen in trade["refunded"] if datetime.fromisoformat(moved) <= now)
        if refunded_fen == trade["total_fen"]:
            return {**trade, "status": CLOSED, "closed": max(moved for moved, _ in trade["refunded"])}
        if now - datetime.fromisoformat(trade["really_paid"]) > REFUND_WITHIN:
            return {**trade, "status": FINISHED}
        return trade

    def refunded_fen(self, trade: Record, *, moved_only: bool = False) -> int:
        """What has been given back; without ``moved_only`` also what is on its way."""
        now = self._clock.now()
        return sum(fen for moved, fen in trade["refunded"] if not moved_only or datetime.fromisoformat(moved) <= now)

    # ---- made ------------------------------------------------------------------------------------------------------------------

    def create(self, asked: Record, buyer: str) -> Record:
        """A trade for ``buyer`` (user_id). The same again gets the same trade_no. Raises Refused."""
        known = self.by_number(asked["out_trade_no"])
        if known is not None:
            self._check_same(known, asked, buyer)
            return known
        now = self._clock.business_now()
        trade = {
            **asked,
            "trade_no": f"{now:%Y%m%d}22001{self._dice.digits(15)}",
            "buyer": buyer,
            "status": WAITING,
            "created": rfc3339(now),
            "refunded": [],
        }
        self._records.put(NUMBER, asked["out_trade_no"], {"trade_no": trade["trade_no"]})
        return self._records.put(TRADE, trade["trade_no"], trade)

    def _check_same(self, known: Record, asked: Record, buyer: str) -> None:
        self.check_free(asked["out_trade_no"])
        if any(known[name] != asked[name] for name in SAME):
            raise failed("ACQ.CONTEXT_INCONSISTENT")
        if known["buyer"] != buyer:
            raise failed("ACQ.TRADE_BUYER_NOT_MATCH")

    def check_free(self, out_trade_no: str) -> None:
        """That the number is not of a trade which was paid or closed. Raises Refused."""
        known = self.by_number(out_trade_no)
        if known is not None and known["status"] != WAITING:
            has_success = known["status"] in {SUCCESS, FINISHED}
            raise failed("ACQ.TRADE_HAS_SUCCESS" if has_success else "ACQ.TRADE_HAS_CLOSE")

    def offer(self, asked: Record, name: str, until: datetime, **more: str) -> Record:
        """No trade exists until a buyer comes (section 7, precreate and wap.pay)."""
        self.check_free(asked["out_trade_no"])
        return self._records.put(OFFER, name, {"name": name, "asked": asked, "until": rfc3339(until), **more})

    def offer_qr(self, asked: Record) -> str:
        """The ``qr_code``: the same for the same order while it is good."""
        for offer in self._records.all(OFFER):
            if offer["name"].startswith(QR_HOST) and offer["asked"]["out_trade_no"] == asked["out_trade_no"]:
                if any(offer["asked"][name] != asked[name] for name in SAME):
                    raise failed("ACQ.CONTEXT_INCONSISTENT")
                if self.living(offer["name"]):
                    self.check_free(asked["out_trade_no"])
                    return str(offer["name"])
        name = f"{QR_HOST}bax{self._dice.digits(5)}{self._dice.text(12).lower()}"
        self.offer(asked, name, self._clock.now() + QR_LIFE)
        return name

    def living(self, name: str) -> Record | None:
        offer = self._records.get(OFFER, name)
        if offer is None or datetime.fromisoformat(offer["until"]) <= self._clock.now():
            return None
        return offer

    def offered(self, out_trade_no: str) -> Record | None:
        """The living offer under our number, if no trade has come of it yet."""
        named = (o for o in self._records.all(OFFER) if o["asked"]["out_trade_no"] == out_trade_no)
        return next((offer for offer in named if self.living(offer["name"])), None)

    def withdraw(self, out_trade_no: str) -> None:
        """Cancel before anybody came."""
        for offer in self._records.all(OFFER):
            if offer["asked"]["out_trade_no"] == out_trade_no:
                self._records.drop(OFFER, offer["name"])

    # ---- ended -----------------------------------------------------------------------------------------------------------------

    def pay(self, trade: Record) -> Record:
        """The buyer has typed the password. Raises Refused when it can't be paid any more."""
        self.check_free(trade["out_trade_no"])
        paid = {**trade, "status": SUCCESS, "paid": rfc3339(self._clock.business_now()),
                "really_paid": self._clock.now().isoformat(),
                "fee_fen": fee_fen(trade["total_fen"], self._settings()[FEE])}  # fmt: skip
        return self._records.put(TRADE, trade["trade_no"], paid)

    def close(self, trade: Record) -> Record:
        """Unpaid only (section 7). Raises Refused."""
        if trade["status"] != WAITING:
            raise failed("ACQ.TRADE_STATUS_ERROR")
        closed = {**trade, "status": CLOSED, "closed": rfc3339(self._clock.business_now())}
        return self._records.put(TRADE, trade["trade_no"], closed)

    def fee_back_fen(self, trade: Record, amount_fen: int) -> int:
        """What of the trade's fee comes back with the next refund, of ``amount_fen``."""
        fee, back = trade.get("fee_fen", 0), trade.get("fee_back_fen", 0)
        return fee_back_fen(fee, trade["total_fen"], self.refunded_fen(trade) + amount_fen, back)

    def note_refund(self, trade: Record, amount_fen: int, moved: datetime) -> Record:
        """``moved``: when the money is with the buyer."""
        stored = self._records.get(TRADE, trade["trade_no"]) or trade
        entry, fee_back = [moved.isoformat(), amount_fen], self.fee_back_fen(stored, amount_fen)
        asked_at = self._clock.now().isoformat()
        noted = {
            **stored,
            "refunded": [*stored["refunded"], entry],
            "refund_asked": asked_at,
            "fee_back_fen": stored.get("fee_back_fen", 0) + fee_back,
        }
        return self._as_of_now(self._records.put(TRADE, trade["trade_no"], noted))
