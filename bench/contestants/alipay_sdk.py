"""An Alipay notification by python-alipay-sdk: its ``verify``; one durable insert."""

from alipay import AliPay
from listening import GIVEN, collection, listen
from tornado.web import HTTPError, RequestHandler

APP = GIVEN["alipay"]
PAY = AliPay(
    appid=APP["app_id"], app_private_key_string=APP["app_private_key_pem"], alipay_public_key_string=APP["alipay_public_key_pem"]
)  # fmt: skip


class Notification(RequestHandler):
    async def post(self):
        fields = {name: self.get_body_argument(name) for name in self.request.body_arguments}
        if not PAY.verify(fields, fields.pop("sign")):
            raise HTTPError(401)
        await STORED.insert_one(fields)
        self.finish("success")


STORED = collection()
listen(Notification)
