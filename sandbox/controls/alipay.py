"""Alipay's controls (README.md): the life account's chat, the cashier, the account's page."""

from __future__ import annotations

from tornado.web import HTTPError

from sandbox.alipay import views
from sandbox.alipay.errors import Refused
from sandbox.controls.asked import Name, Result
from sandbox.controls.handlers import Control
from sandbox.controls.talking import Talking, Words
from sandbox.world.shapes import Asked
from sandbox.world.wire import Record

UNKNOWN = {"ACQ.TRADE_NOT_EXIST", "QR_EXPIRED"}


class Said(Words):
    user_id: Name = ""


class Paid(Asked):
    trade_no: Name = ""
    out_trade_no: Name = ""
    user_id: Name = ""
    result: Result = "ok"


class Scanned(Asked):
    user_id: Name = ""
    qr_code: Name = ""


class Shown(Asked):
    user_id: Name = ""


class SayHandler(Talking):
    who, event_name = "user_id", "EventType"

    async def post(self) -> None:
        asked, account = self.asked(Said), self.outside.alipay.life_account
        person = self.person(asked.user_id)
        said = account.say(person.alipay_user_id, *self.words(asked))
        await self.tell(account, said, account.chats, person.alipay_user_id, asked.wait_s)


class CheckHandler(Control):
    """``alipay.service.check``: what the console does when the gateway's address is saved there."""

    async def post(self) -> None:
        account = self.outside.alipay.life_account
        answer = await self.courier.send(account.outbound(account.check()))
        self.write({"verified": account.is_mine(answer.status, answer.body), "status": answer.status})


class Paying(Control):
    def answer(self, doing: str, trade: Record) -> None:
        self.courier.wake()
        names = ("trade_no", "out_trade_no")
        self.write({"result": doing, **{name: trade[name] for name in names}, "trade_status": trade["status"]})

    def refuse(self, refused: Refused) -> None:
        self.fail(404 if refused.sub_code in UNKNOWN else 409, refused.sub_code, refused.sub_msg)


class PayHandler(Paying):
    """``{trade_no, result}``, or ``{out_trade_no}`` (with ``user_id`` for a QR of precreate that nobody has scanned yet)."""

    def post(self) -> None:
        asked = self.asked(Paid)
        try:
            paid = self.outside.alipay.pay(self._trade(asked), asked.result)
        except Refused as refused:
            self.refuse(refused)
            return
        self.answer(asked.result, paid)

    def _trade(self, asked: Paid) -> Record:
        alipay = self.outside.alipay
        trade = alipay.trades.named(asked.out_trade_no, asked.trade_no)
        if trade is not None:
            return trade
        offer = alipay.trades.offered(asked.out_trade_no) if asked.out_trade_no else None
        if offer is None:
            raise Refused("40004", "ACQ.TRADE_NOT_EXIST", "交易不存在")
        if not asked.user_id:
            raise HTTPError(400, "nobody has come to pay this order yet: say who by user_id")
        return alipay.scan(offer["name"], self.person(asked.user_id))


class ScanHandler(Paying):
    """A QR of precreate: ``{user_id, qr_code}``; now the trade exists."""

    def post(self) -> None:
        asked = self.asked(Scanned)
        person = self.person(asked.user_id)
        try:
            trade = self.outside.alipay.scan(asked.qr_code, person)
        except Refused as refused:
            self.refuse(refused)
            return
        self.answer("scanned", trade)


class PayCodeHandler(Control):
    """The code that a person shows at a counter: ``{user_id}`` → ``{auth_code}``."""

    def post(self) -> None:
        person = self.person(self.asked(Shown).user_id)
        self.write({"auth_code": self.outside.alipay.pay_codes.shown_by(person)})


class OrderHandler(Control):
    def get(self) -> None:
        trade_no = self.get_query_argument("trade_no", "")
        order = views.order(self.outside.alipay, trade_no, self.outside.scene.hospital_name)
        if order is None:
            raise HTTPError(404, "no such trade_no")
        self.write(order)


class AccountHandler(Control):
    def get(self) -> None:
        self.write({"name": self.outside.scene.hospital_name, "menu": self.outside.alipay.menus.shown()})


ROUTES = {
    r"/sandbox/alipay/say": SayHandler,
    r"/sandbox/alipay/check": CheckHandler,
    r"/sandbox/alipay/scan": ScanHandler,
    r"/sandbox/alipay/pay": PayHandler,
    r"/sandbox/alipay/paycode": PayCodeHandler,
    r"/sandbox/alipay/order": OrderHandler,
    r"/sandbox/alipay/account": AccountHandler,
}
