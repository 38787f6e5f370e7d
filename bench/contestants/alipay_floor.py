"""The floor of an Alipay notification: cryptography verifies (docs/protocols/alipay.md), one durable insert, nothing else."""

import base64
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from listening import GIVEN, collection, listen
from tornado.web import RequestHandler

KEY = load_pem_public_key(GIVEN["alipay"]["alipay_public_key_pem"].encode())


class Notification(RequestHandler):
    async def post(self):
        fields = dict(parse_qsl(self.request.body.decode(), keep_blank_values=True))
        signature = base64.b64decode(fields.pop("sign"))
        del fields["sign_type"]
        signed = "&".join(f"{name}={value}" for name, value in sorted(fields.items()) if value)
        KEY.verify(signature, signed.encode(), PKCS1v15(), SHA256())
        await STORED.insert_one(fields)
        self.finish("success")


STORED = collection()
listen(Notification)
