"""The floor of a WeChat Pay notification: cryptography verifies and decrypts (docs/protocols/wechat_pay_v3.md), one durable insert, nothing else."""

import base64
import json

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from listening import GIVEN, collection, listen
from tornado.web import RequestHandler

KEY = load_pem_public_key(GIVEN["wechatpay"]["public_key_pem"].encode())
SECRET = AESGCM(GIVEN["wechatpay"]["apiv3_key"].encode())


class Notification(RequestHandler):
    async def post(self):
        headers, body = self.request.headers, self.request.body
        signed = f"{headers['Wechatpay-Timestamp']}\n{headers['Wechatpay-Nonce']}\n".encode() + body + b"\n"
        KEY.verify(base64.b64decode(headers["Wechatpay-Signature"]), signed, PKCS1v15(), SHA256())
        sealed = json.loads(body)["resource"]
        plain = SECRET.decrypt(
            sealed["nonce"].encode(), base64.b64decode(sealed["ciphertext"]), sealed["associated_data"].encode()
        )
        await STORED.insert_one(json.loads(plain))
        self.set_status(204)


STORED = collection()
listen(Notification)
