"""Orders that name no payer (sections 5, 5.1): a code on a screen (native), a page in another browser (h5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

from sandbox.wechatpay.errors import Refused
from sandbox.wechatpay.merchant import Orders
from sandbox.world.chance import rfc3339
from sandbox.world.scene import Scene
from sandbox.world.wire import Record

CODE = "wechatpay.code"
NATIVE, H5 = "NATIVE", "MWEB"
LIVES = {NATIVE: timedelta(hours=2), H5: timedelta(minutes=5)}
CHECKMWEB = "/cgi-bin/mmpayweb-bin/checkmweb"
REAL = "https://wx.tenpay.com"


class Codes:
    """An address stands for an order; a newer one of the same order takes its place."""

    def __init__(self, scene: Scene, orders: Orders) -> None:
        self._scene = scene
        self._orders = orders

    def place(self, asked: Record, trade_type: str, base: str = REAL) -> Record:
        """``{code_url}`` or ``{h5_url}``, the page below ``base``. Raises Refused."""
        prepay_id = self._orders.place(asked, trade_type)
        dice = self._scene.dice
        if trade_type == NATIVE:
            name, address = "code_url", f"weixin://wxpay/bizpayurl/up?pr={dice.text(7)}&groupid=00"
        else:
            name, address = (
                "h5_url",
                f"{base}{CHECKMWEB}?{urlencode({'prepay_id': prepay_id, 'package': dice.digits(10)})}",
            )
        until = rfc3339(self._scene.clock.now() + LIVES[trade_type])
        told = {"address": address, "prepay_id": prepay_id, "until": until}
        self._scene.records.put(CODE, asked["out_trade_no"], {**told, "out_trade_no": asked["out_trade_no"]})
        return {name: address}

    def opened(self, address: str) -> Record:
        """The order that ``address`` stands for now: ``{out_trade_no, prepay_id …}``. An app may have added its ``redirect_url``. Raises Refused."""
        wanted = _named(address)
        found = next((code for code in self._scene.records.all(CODE) if _named(code["address"]) == wanted), None)
        if found is None or datetime.fromisoformat(found["until"]) <= self._scene.clock.now():
            raise Refused(400, "ORDER_CLOSED", "二维码或链接已失效", number=268447914)
        return found


def _named(address: str) -> tuple[str, ...]:
    """What of an address names the order: of a page the parameters that the platform gave it, of a code all."""
    parts = urlsplit(address)
    if parts.path != CHECKMWEB:
        return (address,)
    query = dict(parse_qsl(parts.query))
    return query.get("prepay_id", ""), query.get("package", "")
