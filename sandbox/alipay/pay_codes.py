"""alipay.trade.pay (section 7): a buyer shows the code of the app, the hospital scans it and is paid at once, or after a password."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Literal

from sandbox.alipay import fields, shown
from sandbox.alipay.asked import FACE_LIFE, read_order
from sandbox.alipay.errors import Refused, failed
from sandbox.alipay.gateway import Call
from sandbox.alipay.notices import Notices
from sandbox.alipay.shown import Buyers
from sandbox.alipay.trades import WAITING, Trades
from sandbox.world.people import Person
from sandbox.world.scene import Scene
from sandbox.world.shapes import Asked
from sandbox.world.wire import Record

CODE, PASSWORD_FROM = "alipay.pay_code", "alipay_password_from_fen"
CODE_LIFE = timedelta(minutes=1)
PRODUCTS = ("FACE_TO_FACE_PAYMENT", "")
_CODE = re.compile(r"(?:2[5-9]|30)\d{14,22}|fp[0-9A-Za-z]{35}")


class Shown(Asked):
    auth_code: fields.Filled64
    scene: Literal["bar_code", "security_code"]


class PayCodes:
    """A code is good once, for a minute. From ``alipay_password_from_fen`` on a password is asked for: 10003, and the buyer's
    cashier pays the trade.
    """

    def __init__(self, scene: Scene, trades: Trades, notices: Notices, buyers: Buyers) -> None:
        self._scene = scene
        self._trades = trades
        self._notices = notices
        self._buyers = buyers

    def shown_by(self, person: Person) -> str:
        """A new code on the phone of ``person``."""
        code = f"28{self._scene.dice.digits(16)}"
        until = (self._scene.clock.now() + CODE_LIFE).isoformat()
        self._scene.records.put(CODE, code, {"who": person.alipay_user_id, "until": until})
        return code

    def pay(self, call: Call, fault: Record) -> Record:
        """alipay.trade.pay. Raises Refused, whose answer carries zero amounts."""
        code = fields.read(call.content(), Shown).auth_code
        seller_id = self._scene.keys["alipay_seller_id"]
        asked = read_order(call, self._scene.clock.now(), seller_id, products=PRODUCTS, life=FACE_LIFE)
        trade = self._trades.create(asked, self._buyer(code, asked["out_trade_no"]))
        if trade["total_fen"] >= self._scene.faults.settings[PASSWORD_FROM]:
            return {"code": "10003", "msg": "order success pay inprocess", **self._told(trade)}
        paid = self._trades.pay(trade)
        self._notices.of_payment(paid)
        self._scene.tell("payment", paid["buyer"])
        return {**self._told(paid), "gmt_payment": fields.clock_text(paid["paid"])}

    def _buyer(self, code: str, out_trade_no: str) -> str:
        """Whose code it is; from now on it is used. A repeat of the same order finds its trade. Raises Refused."""
        known = self._scene.records.get(CODE, code)
        is_good = known is not None and datetime.fromisoformat(known["until"]) > self._scene.clock.now()
        if not _CODE.fullmatch(code) or known is None or not is_good or known.get("used", out_trade_no) != out_trade_no:
            raise _invalid(out_trade_no)
        self._scene.records.put(CODE, code, {**known, "used": out_trade_no})
        return str(known["who"])

    def _told(self, trade: Record) -> Record:
        """As the query has it, without what only the query says."""
        told = shown.queried(trade, self._buyers)
        for name in ("trade_status", "subject", "send_pay_date", "buyer_user_type", "body", "passback_params"):
            told.pop(name, None)
        return told if trade["status"] != WAITING else {name: told[name] for name in _OF_WAITING if name in told}


_OF_WAITING = ("trade_no", "out_trade_no", "buyer_logon_id", "total_amount", "buyer_user_id", "buyer_open_id")


def _invalid(out_trade_no: str) -> Refused:
    return failed("ACQ.PAYMENT_AUTH_CODE_INVALID", more=shown.missing(out_trade_no))
