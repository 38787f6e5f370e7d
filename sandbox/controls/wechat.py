"""WeChat's controls (README.md): the official account's chat, the cashier, the account's page."""

from __future__ import annotations

from tornado.web import HTTPError

from sandbox.controls import views
from sandbox.controls.asked import Name, Result
from sandbox.controls.handlers import Control
from sandbox.controls.talking import Talking, Waited, Words
from sandbox.wechat import callback
from sandbox.wechatpay.errors import Refused
from sandbox.world.shapes import Asked
from sandbox.world.wire import Record


class Said(Words):
    openid: Name = ""


class Scanned(Waited):
    openid: Name = ""
    ticket: Name = ""


class Paid(Asked):
    prepay_id: Name = ""
    out_trade_no: Name = ""
    code_url: Name = ""
    h5_url: Name = ""
    openid: Name = ""
    result: Result = "ok"


class SayHandler(Talking):
    who, event_name = "openid", "Event"

    async def post(self) -> None:
        asked = self.asked(Said)
        person = self.person(asked.openid)
        await self.hear(self.outside.callback.say(person.openid, *self.words(asked)), asked.wait_s)

    async def hear(self, said: callback.Said, wait_s: float | None) -> None:
        await self.tell(self.outside.callback, said, self.outside.chats, said.openid, wait_s)


class ScanHandler(SayHandler):
    """A QR of the account itself: ``{openid, ticket}``."""

    async def post(self) -> None:
        asked = self.asked(Scanned)
        person = self.person(asked.openid)
        scene = self.outside.official_account.users.qr_scene(asked.ticket)
        if scene is None:
            self.fail(409, "QR_EXPIRED", "this code has run out, or /cgi-bin/qrcode/create never made it")
            return
        await self.hear(self.outside.callback.scan(person.openid, scene, asked.ticket), asked.wait_s)


class PayHandler(Control):
    def post(self) -> None:
        asked = self.asked(Paid)
        try:
            order = self._pay(asked)
        except Refused as refused:
            self.fail(404 if refused.status == 404 else 409, refused.code, refused.message)
            return
        self.courier.wake()
        told = {"result": asked.result, "out_trade_no": order["out_trade_no"], "trade_state": order["state"]}
        self.write(told | ({"transaction_id": order["transaction_id"]} if "transaction_id" in order else {}))

    def _pay(self, asked: Paid) -> Record:
        address = asked.code_url or asked.h5_url
        if address:
            return self.outside.wechatpay.pay_at(address, self.person(asked.openid).openid, asked.result)
        if asked.out_trade_no and not asked.prepay_id:
            if asked.result != "ok":
                raise HTTPError(400, "without a prepay_id the result can only be ok")
            return self.outside.wechatpay.pay_by_number(asked.out_trade_no)
        return self.outside.wechatpay.pay(asked.prepay_id, asked.result)


class OrderHandler(Control):
    def get(self) -> None:
        order = views.order(self.outside, self.get_query_argument("prepay_id", ""))
        if order is None:
            raise HTTPError(404, "no such prepay_id")
        self.write(order)


class AccountHandler(Control):
    def get(self) -> None:
        self.write({"name": self.outside.scene.hospital_name, "menu": self.outside.official_account.menus.shown()})


ROUTES = {
    r"/sandbox/wechat/say": SayHandler,
    r"/sandbox/wechat/scan": ScanHandler,
    r"/sandbox/wechat/pay": PayHandler,
    r"/sandbox/wechat/order": OrderHandler,
    r"/sandbox/wechat/account": AccountHandler,
}
