"""The Alipay phone: what its client is, and nothing that another platform's phone would need."""

from __future__ import annotations

from pathlib import Path

from sandbox.phones.hosts import PhoneKind

_HERE = Path(__file__).resolve().parent
_SHARED = _HERE.parent / "static"

ALIPAY = PhoneKind(
    name="alipay",
    title="支付宝",
    user_agent=(
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 "
        "Ariver/1.1.0 AliApp(AP/10.6.60.6000) Nebula WK RVKType(0) AlipayDefined(nt:WIFI,ws:390|844|3.0) "
        "AlipayClient/10.6.60.6000 Language/zh-Hans Region/CNAriver/1.0.0"
    ),
    page=_HERE / "phone.html",
    bridge=(_SHARED / "cashier.js", _HERE / "static" / "bridge.js"),
    static=_HERE / "static",
    platform_paths=("/oauth2/", "/gateway.do", "/cashier/", "/as/g/h5-lib/", "/downloadBillFile.resource"),
)
