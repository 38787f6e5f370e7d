"""wechatpy alone in a bare Tornado: check, decrypt, parse, answer, encrypt; with ``insert`` among the settings one durable insert besides."""

from listening import GIVEN, collection, listen
from tornado.web import RequestHandler
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.replies import TextReply
from wechatpy.utils import check_signature

CRYPTO = WeChatCrypto(GIVEN["wechat"]["token"], GIVEN["wechat"]["encoding_aes_key"], GIVEN["wechat"]["appid"])


class Callback(RequestHandler):
    async def post(self):
        asked = {name: self.get_query_argument(name) for name in ("signature", "timestamp", "nonce", "msg_signature")}
        check_signature(GIVEN["wechat"]["token"], asked["signature"], asked["timestamp"], asked["nonce"])
        text = CRYPTO.decrypt_message(self.request.body, asked["msg_signature"], asked["timestamp"], asked["nonce"])
        message = parse_message(text)
        if STORED is not None:
            await STORED.insert_one({"message": str(message.id), "from": message.source, "text": message.content})
        answer = TextReply(content="hello", message=message).render()
        self.set_header("Content-Type", "text/xml")
        self.finish(CRYPTO.encrypt_message(answer, asked["nonce"], asked["timestamp"]))


STORED = collection() if GIVEN.get("insert") else None
listen(Callback)
