"""trade_status_sync (section 4): owed by the timetable, signed by the V1 rule, done when the app says ``success``."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from sandbox.alipay import shown
from sandbox.alipay.fields import clock_text, yuan
from sandbox.alipay.shown import Buyers
from sandbox.alipay.signing import SIGN_TYPE, Signatures, text_to_sign
from sandbox.alipay.trades import CLOSED, SUCCESS, Trades
from sandbox.world.deliveries import Sort
from sandbox.world.scene import Scene
from sandbox.world.wire import Outbound, Record

PLACE = "notify.alipay"
RETRIES_S = (240, 600, 600, 3600, 7200, 21600, 54000)
AT_ONCE, OF_CLOSED, OF_REFUNDS = "alipay_notify_at_once", "alipay_notify_closed", "alipay_notify_refunds"
SUMS_AFTER_S, AT_BANK = "alipay_notify_sums_seconds", "alipay_notify_bank"
"""How long after a partial refund another notification of the trade carries the sum (0: none comes); what banks do with refunds."""
BANK_METHOD, BANK_S = "alipay.trade.refund.depositback.completed", 60.0
TIMEOUT_S = 5.0
UNTRUE = {"unsigned", "wrong_signature", "sign_test"}


class Notices:
    def __init__(self, scene: Scene, signatures: Signatures, trades: Trades, buyers: Buyers) -> None:
        self._scene = scene
        self._signatures = signatures
        self._trades = trades
        self._buyers = buyers
        scene.deliveries.sorts[PLACE] = Sort(self._built, _accepted, self._retries)
        scene.faults.places.add(PLACE)
        scene.faults.special[PLACE] = {*UNTRUE, "garbled", "wrong_amount"}
        scene.faults.same["alipay.notify"] = {PLACE}

    def _retries(self) -> tuple[float, ...]:
        """Face-to-face pages speak of three sends at once before the timetable; the others do not."""
        return (*(0.0,) * int(self._scene.faults.settings[AT_ONCE]), *RETRIES_S)

    def of_payment(self, trade: Record) -> None:
        self._owe(trade, {**self._facts(trade), "trade_status": SUCCESS})

    def of_refund(self, refund: Record, later_s: float = 0) -> None:
        """A partial refund is told with the trade still TRADE_SUCCESS; of TRADE_CLOSED apps hear only if they ask for it."""
        trade = self._trades.get(refund["trade_no"]) or {}
        refunded_fen = self._trades.refunded_fen(trade)
        is_whole = refunded_fen == trade["total_fen"]
        if not self._scene.faults.settings[OF_CLOSED if is_whole else OF_REFUNDS]:
            return
        facts = {
            **self._facts(trade),
            "trade_status": CLOSED if is_whole else SUCCESS,
            "refund_fee": yuan(refunded_fen),
            "send_back_fee": yuan(refund["amount_fen"]),
            "out_biz_no": refund["out_request_no"],
            "gmt_refund": f"{clock_text(refund['time'])}.000",
        }
        self._owe(trade, facts | ({"gmt_close": clock_text(refund["time"])} if is_whole else {}), later_s)

    def after_refund(self, refund: Record, later_s: float = 0) -> None:
        """What comes later: the trade's sum of refunds, on a notification about something else."""
        trade, settings = self._trades.get(refund["trade_no"]) or {}, self._scene.faults.settings
        sum_fen = self._trades.refunded_fen(trade)
        if settings[SUMS_AFTER_S] and sum_fen < trade["total_fen"]:
            told = {
                "trade_status": SUCCESS,
                "refund_fee": yuan(sum_fen),
                "gmt_refund": f"{clock_text(refund['time'])}.000",
            }
            self._owe(trade, {**self._facts(trade), **told}, later_s + settings[SUMS_AFTER_S])

    def of_bank(self, refund: Record, later_s: float = 0) -> None:
        """Word of the payer's bank, for who has asked for it with the refund."""
        status = str(self._scene.faults.settings[AT_BANK])
        if status:
            trade = self._trades.get(refund["trade_no"]) or {}
            self._owe(trade, self._at_bank(trade, refund, status), later_s + BANK_S)

    def _at_bank(self, trade: Record, refund: Record, status: str) -> Record:
        content = {**shown.numbers(trade), "out_request_no": refund["out_request_no"], "dback_status": status}
        content |= {"dback_amount": yuan(refund["amount_fen"])} if status == "S" else {}
        return {
            "msg_method": BANK_METHOD, "app_id": self._scene.keys["alipay_app_id"], "version": "1.1", "charset": trade["charset"],
            "utc_timestamp": f"{int(self._scene.clock.now().timestamp() * 1000)}",
            "biz_content": json.dumps(content, separators=(",", ":")),
        }  # fmt: skip

    def _facts(self, trade: Record) -> Record:
        total, keys = yuan(trade["total_fen"]), self._scene.keys
        funds = json.dumps([{"amount": total, "fundChannel": shown.FUNDS}], separators=(",", ":"))
        app_id = keys["alipay_app_id"]
        facts = {
            "notify_type": "trade_status_sync", "charset": trade["charset"], "version": "1.0", "app_id": app_id, "auth_app_id": app_id,
            **shown.numbers(trade), "total_amount": total, "receipt_amount": total, "buyer_pay_amount": total, "invoice_amount": total,
            "point_amount": "0.00", **self._buyers.named(trade["buyer"], "buyer_id", "buyer_open_id"),
            "buyer_logon_id": self._buyers.logon_id(trade["buyer"]), "seller_id": keys["alipay_seller_id"], "subject": trade["subject"],
            "body": trade["body"], "passback_params": trade["passback_params"], "gmt_create": clock_text(trade["created"]),
            "gmt_payment": clock_text(trade["paid"]), "fund_bill_list": funds,
        }  # fmt: skip
        return {name: value for name, value in facts.items() if value}

    def _owe(self, trade: Record, facts: Record, later_s: float = 0) -> None:
        if not trade["notify_url"]:
            return
        now = self._scene.clock.now()
        notify_id = f"{now:%Y%m%d}00222{now:%H%M%S}{self._scene.dice.digits(15)}"
        payload = {"url": trade["notify_url"], "facts": facts | {"notify_id": notify_id}}
        self._scene.deliveries.add(PLACE, notify_id, payload, now, later_s)

    def _built(self, payload: Record, fault: Record | None) -> Outbound:
        """Every try carries the same notice, with its own time of sending."""
        what = fault["what"] if fault else ""
        facts = dict(payload["facts"])
        is_message = "msg_method" in facts
        if not is_message:
            facts["notify_time"] = f"{self._scene.clock.now():%Y-%m-%d %H:%M:%S}"
        if what == "wrong_amount" and not is_message:
            whole, _, part = facts["total_amount"].partition(".")
            facts["total_amount"] = yuan(int(whole + part) + 1)
        charset = facts["charset"]
        signed = (
            facts | {"sign_type": SIGN_TYPE} if is_message else facts
        )  # a message keeps it in the signed text (rule V2)
        text = text_to_sign(signed, without=("sign",) if is_message else ("sign", "sign_type"))
        sign = self._signatures.sign(text.encode(charset), spoilt=what in UNTRUE)
        told = {**facts, "sign_type": SIGN_TYPE, "sign": sign}
        body = b"no form" if what == "garbled" else urlencode(told, encoding=charset).encode()
        headers = {"Content-Type": f"application/x-www-form-urlencoded; charset={charset}", "User-Agent": "Mozilla/4.0"}
        return Outbound(url=payload["url"], body=body, headers=headers, timeout_s=TIMEOUT_S)


def _accepted(status: int, body: bytes) -> bool:
    """Exactly these seven bytes."""
    return status == 200 and body == b"success"
