"""WeChat's controls (README.md): the official account's chat, the cashier, the account's page."""

from __future__ import annotations

from tornado.web import HTTPError

from sandbox.controls import views
from sandbox.controls.handlers import Control
from sandbox.controls.talking import Talking
from sandbox.wechat.callback import Said
from sandbox.wechatpay.errors import Refused
from sandbox.world.wire import Record


class SayHandler(Talking):
    who, event_name = "openid", "Event"

    async def post(self) -> None:
        body = self.body()
        person = self.person(str(body.get("openid", "")))
        text, event = self.words(body)
        await self.hear(self.outside.callback.say(person.openid, text, event), body)

    async def hear(self, said: Said, body: Record) -> None:
        await self.tell(self.outside.callback, said, self.outside.chats, said.openid, self.wait_s(body))


class ScanHandler(SayHandler):
    """A QR of the account itself: ``{openid, ticket}``."""

    async def post(self) -> None:
        body = self.body()
        person, ticket = self.person(str(body.get("openid", ""))), str(body.get("ticket", ""))
        scene = self.outside.official_account.users.qr_scene(ticket)
        if scene is None:
            self.fail(409, "QR_EXPIRED", "this code has run out, or /cgi-bin/qrcode/create never made it")
            return
        await self.hear(self.outside.callback.scan(person.openid, scene, ticket), body)


class PayHandler(Control):
    def post(self) -> None:
        body = self.body()
        result = self.result(body)
        try:
            order = self._pay(body, result)
        except Refused as refused:
            self.fail(404 if refused.status == 404 else 409, refused.code, refused.message)
            return
        self.courier.wake()
        told = {"result": result, "out_trade_no": order["out_trade_no"], "trade_state": order["state"]}
        self.write(told | ({"transaction_id": order["transaction_id"]} if "transaction_id" in order else {}))

    def _pay(self, body: Record, result: str) -> Record:
        address = body.get("code_url") or body.get("h5_url")
        if address:
            person = self.person(str(body.get("openid", "")))
            return self.outside.wechatpay.pay_at(str(address), person.openid, result)
        if "prepay_id" not in body and "out_trade_no" in body:
            if result != "ok":
                raise HTTPError(400, "without a prepay_id the result can only be ok")
            return self.outside.wechatpay.pay_by_number(str(body["out_trade_no"]))
        return self.outside.wechatpay.pay(str(body.get("prepay_id", "")), result)


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
