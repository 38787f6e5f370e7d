"""Who may come in: parameters of query and form together, and the gateway's checks in its order (sections 1, 2, 5)."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import parse_qsl

from sandbox.alipay.errors import Refused, Unrouted
from sandbox.alipay.signing import SIGN_TYPE, Signatures, SignError
from sandbox.world.wire import Record, Request, read_json

CHARSETS = {"utf-8": "utf-8", "gbk": "gbk", "gb2312": "gb2312"}
FIELDS_MAX = 100
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


@dataclass(frozen=True, slots=True)
class Call:
    """A request that has passed the gateway. ``base_url`` is where it was sent."""

    method: str
    params: dict[str, str]
    charset: str
    base_url: str

    @property
    def in_certificate_mode(self) -> bool:
        return "app_cert_sn" in self.params

    def content(self) -> Record:
        """biz_content. Raises Refused."""
        try:
            content: Any = read_json(self.params.get("biz_content") or "{}")
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise Refused("40002", "isv.illegal-json", "biz_content 不是合法的 JSON 对象")
        return content


def read_params(request: Request) -> tuple[dict[str, str], str]:
    """All parameters, and the charset they are in; ``charset`` itself stands in the query string. Raises Unrouted."""
    query = request.target.partition("?")[2]
    is_form = "x-www-form-urlencoded" in request.headers.get("content-type", "")
    form = request.body if request.method == "POST" and is_form else b""
    try:
        named = dict(_pairs(query.encode(), "latin-1")).get("charset", "").lower()
        charset = CHARSETS.get(named, "utf-8")
        return {**dict(_pairs(query.encode(), charset)), **dict(_pairs(form, charset))}, charset
    except ValueError:
        raise Unrouted("40002", "isv.invalid-charset", "请求参数与 charset 不符") from None


def _pairs(text: bytes, charset: str) -> list[tuple[str, str]]:
    """Raises ValueError for bytes that are no text in ``charset``, and for too many fields."""
    plain = text.decode("ascii")
    return parse_qsl(plain, keep_blank_values=True, encoding=charset, errors="strict", max_num_fields=FIELDS_MAX)


ATTACKS = ("<script", "union select", "../../")
"""Words inside a value that look like an attack; which ones Alipay looks for is not published."""


class Gateway:
    def __init__(self, keys: Record, signatures: Signatures) -> None:
        self._keys = keys
        self._signatures = signatures

    def admit(self, request: Request, methods: Collection[str]) -> Call:
        """Raises Refused at the first check that fails."""
        params, charset = read_params(request)
        self._check_routing(params, methods)
        self._check_common(params)
        self._check_signature(params, charset)
        if any(word in value.lower() for value in params.values() for word in ATTACKS):
            raise Refused("40002", "isv.suspected-attack", "请求内容疑似攻击")
        return Call(params["method"], params, charset, f"http://{request.host}")

    def _check_routing(self, params: dict[str, str], methods: Collection[str]) -> None:
        if not params.get("method"):
            raise Unrouted("40001", "isv.missing-method", "缺少方法名参数")
        if params["method"] not in methods:
            raise Unrouted("40002", "isv.invalid-method", "不存在的方法名")
        if not params.get("app_id"):
            raise Refused("40001", "isv.missing-app-id", "缺少应用标识参数")
        if params["app_id"] != self._keys["alipay_app_id"]:
            raise Refused("40002", "isv.invalid-app-id", "无效的AppID参数")

    def _check_common(self, params: dict[str, str]) -> None:
        if not params.get("timestamp"):
            raise Refused("40001", "isv.missing-timestamp", "缺少时间戳参数")
        if not is_moment(params["timestamp"]):
            raise Refused("40002", "isv.invalid-timestamp", "非法的时间戳参数")
        if params.get("version") != "1.0":
            raise Refused("40001", "isv.missing-version", "缺少版本参数")
        if params.get("charset", "").lower() not in CHARSETS:
            raise Refused("40002", "isv.invalid-charset", "字符集错误")
        if params.get("format", "JSON").upper() != "JSON":
            raise Refused("40002", "isv.invalid-format", "无效的数据格式")
        if params.get("encrypt_type"):
            raise Refused("40001", "isv.missing-encrypt-key", "缺少加密配置：应用没有设置接口内容加密")

    def _check_signature(self, params: dict[str, str], charset: str) -> None:
        if not params.get("sign_type"):
            raise Refused("40001", "isv.missing-signature-type", "缺少签名类型参数")
        if params["sign_type"] not in {SIGN_TYPE, "RSA"}:
            raise Refused("40002", "isv.invalid-signature-type", "无效的签名类型")
        if params["sign_type"] != SIGN_TYPE:
            raise Refused("40003", "isv.missing-signature-config", "验签出错，未配置对应签名算法的公钥或者证书")
        if not params.get("sign"):
            raise Refused("40001", "isv.missing-signature", "缺少签名参数")
        self._check_certificates(params)
        try:
            self._signatures.check_request(params, charset)
        except SignError as error:
            told = f"验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配，网关生成的验签字符串为：{escape(str(error), quote=False)}"
            raise Refused("40002", "isv.invalid-signature", told) from None

    def _check_certificates(self, params: dict[str, str]) -> None:
        """An app in certificate mode names its certificate and the roots; one in public-key mode names neither."""
        app, root = params.get("app_cert_sn"), params.get("alipay_root_cert_sn")
        if root is not None and not app:
            raise Refused("40001", "isv.missing-app-cert-sn", "缺少应用公钥证书序列号")
        if app is not None and not root:
            raise Refused("40001", "isv.missing-alipay-root-cert-sn", "缺少支付宝根证书序列号")
        right = (self._signatures.app_cert_sn, self._signatures.root_cert_sn)
        if app is not None and (app, root) != right:
            raise Refused("40002", "isv.app-cert-expired", "应用公钥证书或支付宝根证书已过期或不存在")


def is_moment(text: str) -> bool:
    try:
        return bool(_MOMENT.fullmatch(text) and datetime.fromisoformat(text))
    except ValueError:
        return False
