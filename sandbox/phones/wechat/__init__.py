"""The WeChat phone: what its client is, and nothing that another platform's phone would need."""

from __future__ import annotations

from pathlib import Path

from sandbox.phones.hosts import PhoneKind

_HERE = Path(__file__).resolve().parent
_SHARED = _HERE.parent / "static"

WECHAT = PhoneKind(
    name="wechat",
    title="微信",
    user_agent=(
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 "
        "MicroMessenger/8.0.50(0x18003237) NetType/WIFI Language/zh_CN"
    ),
    page=_HERE / "phone.html",
    bridge=(_SHARED / "cashier.js", _HERE / "static" / "bridge.js"),
    static=_HERE / "static",
    platform_paths=("/connect/", "/open/js/", "/cgi-bin/mmpayweb-bin/"),
)
