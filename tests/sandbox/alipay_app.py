"""An app of Alipay's, written from docs/protocols/alipay.md sections 1 to 5 and 10, sharing no line with the sandbox's signing or the app's."""

from __future__ import annotations

import base64
import json
import re
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from sandbox.world.wire import Outbound, Request, Response
from tests.sandbox.world import APP, Record, World
from tests.support.rsa_keys import private_key

NOTICES = f"{APP}/notify/alipay/demo"
FORM = {"content-type": "application/x-www-form-urlencoded"}
_numbers = count(1)


def new_number() -> str:
    return f"ALI{next(_numbers):012d}"


class Answer:
    """``raw`` is the object's text as it stood in the body, ``told`` its JSON; ``sign`` is "" for an unsigned one."""

    def __init__(self, response: Response, charset: str) -> None:
        assert response.status == 200
        body = response.body.decode(charset)
        found = re.fullmatch(r'\{"(\w+)":(\{.*\})(?:,"alipay_cert_sn":"(\w+)")?(?:,"sign":"([^"]+)")?\}', body, re.S)
        assert found is not None, body
        self.name, self.raw, self.cert_sn, self.sign = found[1], found[2], found[3] or "", found[4] or ""
        self.told: Record = json.loads(self.raw)

    @property
    def code(self) -> str:
        """``10000``, or the code with its sub_code."""
        sub = self.told.get("sub_code")
        return f"{self.told.get('code')} {sub}" if sub else str(self.told.get("code", "10000"))


class AlipayApp:
    """Signs what it asks and verifies every signed answer; in certificate mode with ``certificates`` = (app's SN, roots' SN)."""

    def __init__(self, world: World, certificates: tuple[str, str] | None = None) -> None:
        given = world.credentials["alipay"]
        public = load_pem_public_key(given["alipay_public_key_pem"].encode())
        assert isinstance(public, RSAPublicKey)
        self.world, self.app_id, self.seller_id = world, given["app_id"], given["seller_id"]
        self._key = private_key(given["app_private_key_pem"])
        self._theirs, self._certificates = public, certificates

    def user_id(self, number: int = 1) -> str:
        user_id: str = self.world.credentials["people"][number - 1]["alipay_user_id"]
        return user_id

    # ---- asking ----------------------------------------------------------------------------------------------------------------

    def sign(self, text: bytes) -> str:
        return base64.b64encode(self._key.sign(text, PKCS1v15(), SHA256())).decode()

    def params(self, method: str, content: object = None, charset: str = "utf-8", **more: Any) -> dict[str, str]:
        """Signed; ``more`` with the value ... leaves a parameter out, before signing."""
        told: dict[str, Any] = {
            "app_id": self.app_id, "method": method, "format": "JSON", "charset": charset, "sign_type": "RSA2", "version": "1.0",
            "timestamp": f"{self.world.time():%Y-%m-%d %H:%M:%S}",
        }  # fmt: skip
        if content is not None:
            told["biz_content"] = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        if self._certificates:
            told |= dict(zip(("app_cert_sn", "alipay_root_cert_sn"), self._certificates, strict=True))
        told = {name: value for name, value in (told | more).items() if value is not ...}
        if "sign" not in more:
            text = "&".join(f"{name}={told[name]}" for name in sorted(told) if told[name] != "")
            told["sign"] = self.sign(text.encode(charset if charset in ("utf-8", "gbk") else "utf-8"))
        return told

    def request(self, params: dict[str, str], verb: str = "POST", charset: str = "utf-8") -> Request:
        """Common parameters in the query, biz_content in the form, as Alipay's own SDKs do."""
        form = {"biz_content": params["biz_content"]} if verb == "POST" and "biz_content" in params else {}
        query = urlencode({name: value for name, value in params.items() if name not in form}, encoding=charset)
        body = urlencode(form, encoding=charset).encode()
        return Request(method=verb, target=f"/gateway.do?{query}", headers=FORM, body=body, host="sandbox.invalid:8889")

    def ask(
        self, method: str, content: object = None, *, verb: str = "POST", charset: str = "utf-8", **more: Any
    ) -> Answer:
        params = self.params(method, content, charset, **more)
        answer = Answer(self.world.ask(self.request(params, verb, charset)), charset)
        if answer.sign:
            self.verify(answer.raw.encode(charset), answer.sign)
        return answer

    def verify(self, text: bytes, sign: str) -> None:
        """Raises InvalidSignature."""
        self._theirs.verify(base64.b64decode(sign), text, PKCS1v15(), SHA256())

    # ---- trades ----------------------------------------------------------------------------------------------------------------

    def order(self, number: str, **changed: Any) -> Record:
        content = {
            "out_trade_no": number, "total_amount": "12.00", "subject": "门诊缴费", "product_code": "JSAPI_PAY", "op_app_id": self.app_id,
            "buyer_id": self.user_id(),
        }  # fmt: skip
        return {name: value for name, value in (content | changed).items() if value is not ...}

    def create(self, number: str, *, notify_url: Any = NOTICES, **changed: Any) -> Answer:
        return self.ask("alipay.trade.create", self.order(number, **changed), notify_url=notify_url)

    def query(self, number: str) -> Record:
        return self.ask("alipay.trade.query", {"out_trade_no": number}).told

    def refund(self, number: str, yuan: str, request_no: str | None = None) -> Answer:
        content = {"out_trade_no": number, "refund_amount": yuan} | (
            {"out_request_no": request_no} if request_no else {}
        )
        return self.ask("alipay.trade.refund", content)

    def pay(self, number: str, result: str = "ok") -> Record:
        alipay = self.world.outside.alipay
        trade = alipay.trades.by_number(number)
        assert trade is not None
        return alipay.pay(trade, result)

    def paid(self, **changed: Any) -> str:
        """A trade, made and paid; our number."""
        number = new_number()
        assert self.create(number, **changed).code == "10000"
        self.pay(number)
        return number

    # ---- being told ------------------------------------------------------------------------------------------------------------

    def opened(self, notice: Outbound, charset: str = "utf-8") -> dict[str, str]:
        """A notice, verified by the V1 rule. Raises InvalidSignature."""
        fields = dict(parse_qsl(notice.body.decode("ascii"), encoding=charset, strict_parsing=True))
        signed = {name: value for name, value in fields.items() if name not in ("sign", "sign_type")}
        assert all(signed.values())
        self.verify("&".join(f"{name}={signed[name]}" for name in sorted(signed)).encode(charset), fields["sign"])
        return fields

    def pushed(self, outbound: Outbound) -> dict[str, str]:
        """What comes to the life account's gateway, verified by the V2 rule; the XML's fields are put beside the form's."""
        assert urlsplit(outbound.url).path == "/alipay/demo/gateway"
        fields = dict(parse_qsl(outbound.body.decode("ascii"), encoding="gbk", strict_parsing=True))
        sign = fields.pop("sign")
        self.verify("&".join(f"{name}={fields[name]}" for name in sorted(fields)).encode("gbk"), sign)
        inner = re.findall(r"<(\w+)><!\[CDATA\[(.*?)\]\]></\1>", fields["biz_content"], re.S)
        return fields | dict(inner)

    def reply(self, response: str, sign: str | None = None) -> bytes:
        """The signed envelope of section 10."""
        made = self.sign(response.encode("gbk")) if sign is None else sign
        text = (
            f'<?xml version="1.0" encoding="GBK"?><alipay><response>{response}</response><sign>{made}</sign>'
            "<sign_type>RSA2</sign_type></alipay>"
        )
        return text.encode("gbk")

    def ack(self, who: str) -> bytes:
        return self.reply(
            f"<XML><ToUserId><![CDATA[{who}]]></ToUserId><AppId><![CDATA[{self.app_id}]]></AppId>"
            "<CreateTime>1</CreateTime><MsgType><![CDATA[ack]]></MsgType></XML>"
        )
