"""What the controls show of the world, as plain values."""

from __future__ import annotations

from sandbox.alipay import views as alipay
from sandbox.outside import Outside
from sandbox.sms import templates as sms_templates
from sandbox.wechat import templates as wechat_templates
from sandbox.wechat.miniprogram import templates as mini_templates
from sandbox.world.people import Person
from sandbox.world.wire import Record


def credentials(outside: Outside, base_url: str) -> Record:
    scene, keys = outside.scene, outside.scene.keys
    return {
        "hospital_name": scene.hospital_name,
        "wechat": {
            "hospital": scene.hospital_id,
            "appid": keys["appid"],
            "secret": keys["app_secret"],
            "token": keys["token"],
            "encoding_aes_key": keys["encoding_aes_key"],
            "original_id": keys["original_id"],
            "templates": wechat_templates.published(),
        },
        "miniprogram": {
            "appid": keys["mini_appid"],
            "secret": keys["mini_secret"],
            "templates": mini_templates.published(),
        },
        "wechatpay": {
            "mchid": keys["mchid"],
            "serial_no": keys["merchant_serial"],
            "private_key_pem": keys["merchant_key"],
            "apiv3_key": keys["apiv3_key"],
            "public_key_id": keys["public_key_id"],
            "public_key_pem": keys["wechatpay_public_key"],
            "platform_serial_no": keys["platform_serial"],
            "platform_certificate_pem": keys["platform_certificate"],
        },
        "alipay": alipay.credentials(scene),
        "sms": {
            "access_key_id": keys["sms_key_id"],
            "access_key_secret": keys["sms_key_secret"],
            "sign_name": sms_templates.SIGN_NAME,
            "receipt_secret": keys["sms_receipt_secret"],
            "templates": sms_templates.published(),
            "linked": sms_templates.linked(),
            "contents": sms_templates.contents(),
        },
        "his": {"base_url": f"{base_url}/hospital", "key_id": keys["his_key_id"], "secret": keys["his_secret"]},
        "people": [person_view(outside, person) for person in scene.people],
    }


def person_view(outside: Outside, person: Person) -> Record:
    told: Record = {
        "number": person.number,
        "name": person.name,
        "phone": person.phone,
        "id_no": person.id_no,
        "cards": list(person.cards),
        "openid": person.openid,
        "mini_openid": person.mini_openid,
        "unionid": person.unionid,
        "alipay_user_id": person.alipay_user_id,
        "alipay_open_id": person.alipay_open_id,
        "follows": outside.chats.follows(person.openid),
        "follows_life_account": outside.alipay.chats.follows(person.alipay_user_id),
    }
    return told | ({"staff_role": person.staff_role} if person.staff_role else {})


def inbox(outside: Outside, person: Person) -> Record:
    return {
        "chat": outside.chats.messages(person.openid),
        "notices": outside.miniprogram.notices.messages(person.mini_openid),
        "life_account": outside.alipay.chats.messages(person.alipay_user_id),
        "sms": outside.sms.received_by(person.phone),
    }


def money(outside: Outside) -> Record:
    """The outside truth."""
    pay = outside.wechatpay
    trades = [
        {
            "out_trade_no": order["out_trade_no"],
            "transaction_id": order.get("transaction_id"),
            "trade_state": order["state"],
            "amount_fen": order["asked"]["amount"]["total"],
            "refunded_fen": order["refunded_fen"],
            "openid": order["payer"],
            "time": order["created"],
            "success_time": order.get("success_time"),
            "notice_owed": pay.notices.owes_payment(order["out_trade_no"]),
        }
        for order in pay.orders.all()
    ]
    refunds = [
        {
            name: refund.get(name)
            for name in ("out_refund_no", "out_trade_no", "refund_id", "status", "amount_fen", "success_time")
        }
        for refund in pay.refunds.all()
    ]
    rows = [
        {
            "kind": row["kind"],
            "time": row["time"],
            "amount_fen": row["amount_fen"],
            "out_trade_no": row["order"]["out_trade_no"],
        }
        for row in pay.statements.rows(outside.scene.clock.today)
    ]
    return {
        "wechatpay": {"trades": trades, "refunds": refunds, "statement": rows},
        "alipay": alipay.money(outside.alipay),
        "his": outside.hospital.his.books(),
        "bank": outside.bank.books(),
    }


def order(outside: Outside, prepay_id: str) -> Record | None:
    """What a cashier shows of an order."""
    found = outside.wechatpay.orders.by_prepay(prepay_id)
    if found is None:
        return None
    asked = found["asked"]
    return {
        "prepay_id": prepay_id,
        "appid": asked["appid"],
        "openid": found["payer"],
        "amount_fen": asked["amount"]["total"],
        "description": asked["description"],
        "payee": outside.scene.hospital_name,
        "payable": outside.wechatpay.orders.payable(found, prepay_id),
    }
