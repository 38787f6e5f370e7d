"""What the controls show of Alipay, as plain values."""

from __future__ import annotations

from sandbox.alipay import templates
from sandbox.alipay.oauth import PAGE as AUTHORIZE
from sandbox.alipay.platform import GATEWAY, AlipayPlatform
from sandbox.alipay.shown import was_paid
from sandbox.alipay.trades import FINISHED, SUCCESS, WAITING
from sandbox.world.scene import Scene
from sandbox.world.wire import Record

PAYABLE = {WAITING: "yes", SUCCESS: "paid", FINISHED: "paid"}


def credentials(scene: Scene) -> Record:
    """The paths are those of openapi.alipay.com and openauth.alipay.com, here on the sandbox's own address."""
    keys = scene.keys
    return {
        "hospital": scene.hospital_id,
        "app_id": keys["alipay_app_id"],
        "seller_id": keys["alipay_seller_id"],
        "app_private_key_pem": keys["alipay_app_key"],
        "alipay_public_key_pem": keys["alipay_public_key"],
        "app_cert_pem": keys["alipay_app_certificate"],
        "alipay_cert_pem": keys["alipay_certificate"],
        "alipay_root_cert_pem": keys["alipay_root_certificates"],
        "gateway_path": GATEWAY,
        "authorize_path": AUTHORIZE,
        "templates": templates.published(),
    }


def money(platform: AlipayPlatform) -> Record:
    """The outside truth, in the platform's own words; amounts in fen."""
    trades, refunds = platform.trades, platform.refunds
    today = platform.today
    return {
        "trades": [
            {
                "out_trade_no": trade["out_trade_no"],
                "trade_no": trade["trade_no"],
                "trade_status": trade["status"],
                "amount_fen": trade["total_fen"],
                "refunded_fen": trades.refunded_fen(trade),
                "buyer_id": trade["buyer"],
                "time": trade["created"],
                "success_time": trade.get("paid"),
            }
            for trade in trades.all()
        ],
        "refunds": [
            {
                "out_request_no": refund["out_request_no"],
                "out_trade_no": refund["out_trade_no"],
                "trade_no": refund["trade_no"],
                "status": "SUCCESS" if refunds.has_moved(refund) else "PROCESSING",
                "amount_fen": refund["amount_fen"],
                "success_time": refund["time"] if refunds.has_moved(refund) else None,
            }
            for refund in refunds.all()
        ],
        "statement": [
            {"kind": row["kind"], "time": row["time"], "amount_fen": row["amount_fen"], "out_trade_no": row["trade"]["out_trade_no"]}
            for row in platform.statements.rows(today, today)
        ],
    }  # fmt: skip


def order(platform: AlipayPlatform, trade_no: str, payee: str) -> Record | None:
    """What a cashier shows of a trade."""
    trade = platform.trades.get(trade_no)
    if trade is None:
        return None
    payable = PAYABLE.get(trade["status"], "paid" if was_paid(trade) else "closed")
    return {
        "trade_no": trade_no,
        "buyer_id": trade["buyer"],
        "amount_fen": trade["total_fen"],
        "description": trade["subject"],
        "payee": payee,
        "payable": payable,
    }
