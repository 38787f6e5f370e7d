"""The floor of a started payment: the two signatures that WeChat Pay asks for, of the order and of the call to the cashier."""

import base64

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from listening import GIVEN, listen
from tornado.web import RequestHandler

KEY = load_pem_private_key(GIVEN["wechatpay"]["private_key_pem"].encode(), None)


class Start(RequestHandler):
    def post(self):
        order = KEY.sign(b"POST\n/v3/pay/transactions/jsapi\n" + self.request.body, PKCS1v15(), SHA256())
        call = KEY.sign(b"prepay_id=" + order[:20], PKCS1v15(), SHA256())
        self.finish({"paySign": base64.b64encode(call).decode(), "order": base64.b64encode(order).decode()})


listen(Start)
