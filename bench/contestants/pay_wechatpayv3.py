"""A WeChat Pay notification by wechatpayv3: its ``callback`` verifies and decrypts; one durable insert."""

from listening import GIVEN, collection, listen
from tornado.web import HTTPError, RequestHandler
from wechatpayv3 import WeChatPay, WeChatPayType

MERCHANT = GIVEN["wechatpay"]
PAY = WeChatPay(
    WeChatPayType.JSAPI, MERCHANT["mchid"], MERCHANT["private_key_pem"], MERCHANT["serial_no"], GIVEN["wechat"]["appid"],
    MERCHANT["apiv3_key"], public_key=MERCHANT["public_key_pem"], public_key_id=MERCHANT["public_key_id"],
)  # fmt: skip


class Notification(RequestHandler):
    async def post(self):
        told = PAY.callback(self.request.headers, self.request.body)
        if not told:
            raise HTTPError(401)
        await STORED.insert_one(told["resource"])
        self.set_status(204)


STORED = collection()
listen(Notification)
