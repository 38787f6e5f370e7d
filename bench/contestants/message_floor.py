"""The floor of an official-account message: the plain signature is checked and a fixed answer is sent. Nothing is decrypted."""

import hashlib

from listening import GIVEN, listen
from tornado.web import HTTPError, RequestHandler

TOKEN = GIVEN["wechat"]["token"]
ANSWER = "<xml><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[hello]]></Content></xml>"


class Callback(RequestHandler):
    def post(self):
        proof = "".join(sorted((TOKEN, self.get_query_argument("timestamp"), self.get_query_argument("nonce"))))
        if hashlib.sha1(proof.encode()).hexdigest() != self.get_query_argument("signature"):  # noqa: S324
            raise HTTPError(403)
        self.set_header("Content-Type", "text/xml")
        self.finish(ANSWER)


listen(Callback)
