"""The platform's face: one gateway for all methods, the pages a person opens, the file of a bill."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import date
from typing import Literal

from sandbox.alipay import oauth
from sandbox.alipay.answers import ERROR, answer, error_page, name_of, signed_answer
from sandbox.alipay.errors import MESSAGES, Refused, Unrouted, failed
from sandbox.alipay.gateway import Call, Gateway, read_params
from sandbox.alipay.life_account import RETRY, LifeAccount
from sandbox.alipay.menus import Menus
from sandbox.alipay.messages import Messages
from sandbox.alipay.notices import AT_BANK, AT_ONCE, OF_CLOSED, OF_REFUNDS, SUMS_AFTER_S, Notices
from sandbox.alipay.oauth import Oauth
from sandbox.alipay.pay_codes import CODE as PAY_CODE
from sandbox.alipay.pay_codes import PASSWORD_FROM, PayCodes
from sandbox.alipay.refunds import PAUSE, Refunds
from sandbox.alipay.shown import IDENTITY, Buyers
from sandbox.alipay.signing import Signatures
from sandbox.alipay.statements import PATH, Statements
from sandbox.alipay.statements import SETTINGS as STATEMENT_SETTINGS
from sandbox.alipay.trades import FEE, OFFER, Trades
from sandbox.alipay.trading import Trading
from sandbox.alipay.wap import WapPay
from sandbox.world.chats import Chats
from sandbox.world.fees import Share
from sandbox.world.people import Person
from sandbox.world.scene import Scene
from sandbox.world.settings import Number, Setting, Settings
from sandbox.world.statement_faults import FILE_FAULTS
from sandbox.world.wire import Record, Request, Response

GATEWAY, ANSWERS = "/gateway.do", "alipay_answers"
SHORT_LIVED = (oauth.CODE, oauth.ACCESS, oauth.REFRESH, OFFER, PAY_CODE)
UNTRUE = {"unsigned", "wrong_signature", "sign_test"}
SETTINGS: Settings = {
    IDENTITY: Setting("user_id", Literal["user_id", "open_id"], "user_id or open_id"),
    PAUSE: Setting(3.0, Number, "a number of seconds"),
    FEE: Setting(60, Share, "basis points of a trade, 60 for 0.60 %"),
    PASSWORD_FROM: Setting(100_000, Number, "an amount in fen"),
    ANSWERS: Setting("plain", Literal["plain", "seen"], "plain, or seen (GBK, and refusals with 解决方案)"),
    AT_ONCE: Setting(0, Literal[0, 1, 2, 3], "a number from 0 to 3"),
    OF_CLOSED: Setting(False, bool, "true or false"),
    OF_REFUNDS: Setting(True, bool, "true or false"),
    SUMS_AFTER_S: Setting(0.0, Number, "a number of seconds"),
    AT_BANK: Setting("", Literal["", "S", "F"], "S (arrived), F (sent back to the balance), or nothing"),
    RETRY: Setting(False, bool, "true or false"),
}
Told = Callable[[Call, Record], Record]
Page = Callable[[Call, Record], Response]


class AlipayPlatform:
    """``handle`` answers the app; ``pay`` is the buyer's finger; ``authorize`` and ``cashier`` are pages."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        scene.faults.offer(SETTINGS | STATEMENT_SETTINGS)
        self.signatures = Signatures(scene.keys)
        self.buyers = Buyers(scene)
        self.trades = Trades(scene.records, scene.clock, scene.dice, lambda: scene.faults.settings)
        self.refunds = Refunds(scene.records, self.trades, scene.clock, scene.faults)
        self.statements = Statements(scene, self.trades, self.refunds, self.buyers)
        self.notices = Notices(scene, self.signatures, self.trades, self.buyers)
        self.oauth = Oauth(scene, self.buyers)
        self.menus = Menus(scene)
        self.chats = Chats(scene, "alipay")
        self.life_account = LifeAccount(scene, self.signatures, self.buyers, self.chats)
        self.pay_codes = PayCodes(scene, self.trades, self.notices, self.buyers)
        self._gateway = Gateway(scene.keys, self.signatures)
        self._wap = WapPay(scene, self.signatures, self.trades)
        self._methods = self._named_methods()
        self._pages: dict[str, tuple[str, Page]] = {"alipay.trade.wap.pay": ("wap", self._wap.open)}
        self._tell_faults()

    def _named_methods(self) -> dict[str, tuple[str, Told]]:
        trading = Trading(self._scene, self.trades, self.refunds, self.notices, self.buyers)
        messages = Messages(self._scene, self.chats)
        return {
            "alipay.trade.create": ("create", trading.create),
            "alipay.trade.precreate": ("precreate", trading.precreate),
            "alipay.trade.pay": ("pay", self.pay_codes.pay),
            "alipay.trade.query": ("query", trading.query),
            "alipay.trade.close": ("close", trading.close),
            "alipay.trade.cancel": ("cancel", trading.cancel),
            "alipay.trade.refund": ("refund", trading.refund),
            "alipay.trade.fastpay.refund.query": ("refund_query", trading.refund_query),
            "alipay.system.oauth.token": ("oauth", self.oauth.token),
            "alipay.user.info.share": ("user", self.oauth.user),
            "alipay.open.public.menu.create": ("menu", self.menus.create),
            "alipay.open.public.menu.modify": ("menu", self.menus.create),
            "alipay.open.public.menu.query": ("menu", self.menus.query),
            "alipay.open.public.message.single.send": ("message", messages.single),
            "alipay.open.public.message.custom.send": ("custom", messages.custom),
            "alipay.open.app.alipaycert.download": ("certificate", self._certificate),
            "alipay.data.dataservice.bill.downloadurl.query": ("bill", self.statements.ask),
        }

    def _tell_faults(self) -> None:
        places = {f"alipay.{place}" for place, _ in [*self._methods.values(), *self._pages.values()]}
        faults = self._scene.faults
        faults.places |= places
        faults.special |= {place: set(UNTRUE) for place in places}
        faults.special["alipay.query"] |= {"wrong_amount"}
        faults.special["alipay.close"] |= {"pretend"}
        faults.special["alipay.refund"] |= {"unmoved"}
        faults.special["alipay.bill"] |= FILE_FAULTS

    def _certificate(self, call: Call, fault: Record) -> Record:
        """alipay.open.app.alipaycert.download: the certificate of a serial number that the app does not know."""
        if call.content().get("alipay_cert_sn") != self.signatures.alipay_cert_sn:
            raise failed("INVALID_PARAMETER", "证书序列号不存在")
        pem = self._scene.keys["alipay_certificate"]
        return {"alipay_cert_content": base64.b64encode(pem.encode()).decode()}

    # ---- what the app asks -----------------------------------------------------------------------------------------------------

    def claims(self, request: Request) -> bool:
        return request.path in (GATEWAY, PATH)

    def where(self, request: Request) -> str:
        """The name of this call for fault rules."""
        try:
            method = read_params(request)[0].get("method", "")
        except Refused:
            method = ""
        known = self._methods.get(method) or self._pages.get(method)
        return f"alipay.{known[0]}" if known else "alipay.unknown"

    def handle(self, request: Request, fault: Record | None = None) -> Response:
        """Every answer is HTTP 200."""
        if request.path == PATH:
            return self.statements.file(request)
        fault = fault or {"what": ""}
        try:
            call = self._gateway.admit(request, {*self._methods, *self._pages})
        except Refused as refused:
            return self._refused_at_the_door(request, refused)
        if call.method in self._pages:
            return self._page(call, fault)
        try:
            self._maybe_refuse(fault)
            told = self._methods[call.method][1](call, fault)
        except Unrouted as refused:
            return answer(ERROR, self._with_remedy(refused.told()), self._charset(call))
        except Refused as refused:
            return self._refused(call, refused, fault)
        is_token = call.method == "alipay.system.oauth.token"
        return self._signed(call, told if is_token else {"code": "10000", "msg": MESSAGES["10000"]} | told, fault)

    def _refused_at_the_door(self, request: Request, refused: Refused) -> Response:
        """Unsigned; a page method shows a page."""
        try:
            params, charset = read_params(request)
        except Refused:
            params, charset = {}, "utf-8"
        if params.get("method") in self._pages:
            return error_page(refused.told())
        name = ERROR if isinstance(refused, Unrouted) else name_of(params["method"])
        return answer(name, refused.told(), charset)

    def _page(self, call: Call, fault: Record) -> Response:
        try:
            self._maybe_refuse(fault)
            return self._pages[call.method][1](call, fault)
        except Refused as refused:
            return error_page(refused.told())

    def _refused(self, call: Call, refused: Refused, fault: Record) -> Response:
        if refused.is_signed:
            return self._signed(call, self._with_remedy(refused.told()), fault)
        return answer(name_of(call.method), self._with_remedy(refused.told()), self._charset(call))

    def _signed(self, call: Call, told: Record, fault: Record) -> Response:
        spoilt, mode = fault["what"] in UNTRUE, call.in_certificate_mode
        charset = self._charset(call)
        return signed_answer(self.signatures, name_of(call.method), told, charset, certificate=mode, spoilt=spoilt)

    def _charset(self, call: Call) -> str:
        return "gbk" if self._scene.faults.settings[ANSWERS] == "seen" else call.charset

    def _with_remedy(self, told: Record) -> Record:
        """A refusal as it was seen live: with an address of what to do at its end."""
        if self._scene.faults.settings[ANSWERS] != "seen":
            return told
        return told | {
            "sub_msg": f"{told['sub_msg']}，解决方案：https://open.alipay.com/api/errCheck?{told['sub_code']}"
        }

    def _maybe_refuse(self, fault: Record) -> None:
        """The fault ``refuse``: ``code`` is the sub_code, ``message`` its text, ``status`` the gateway's code."""
        if fault["what"] == "refuse":
            code = str(fault.get("status", "40004" if "code" in fault else "20000"))
            sub_code, text = fault.get("code", "aop.ACQ.SYSTEM_ERROR"), fault.get("message", "系统错误")
            raise Refused(code if code in MESSAGES else "40004", sub_code, text, is_signed=True)

    @property
    def today(self) -> date:
        return self._scene.clock.today

    # ---- people ----------------------------------------------------------------------------------------------------------------

    def authorize(self, request: Request, person: Person | None) -> Response:
        """The page at /oauth2/publicAppAuthorize.htm on the phone of ``person``, or on nobody's."""
        return self.oauth.authorize(request, person)

    def cashier(self, request: Request, person: Person | None) -> Response:
        """The page that alipay.trade.wap.pay leads to."""
        with self._scene.records.together():
            return self._wap.page(request, person)

    def scan(self, qr_code: str, person: Person) -> Record:
        """A QR of precreate is scanned: now there is a trade. Raises Refused."""
        offer = self.trades.living(qr_code)
        if offer is None:
            raise Refused("40004", "QR_EXPIRED", "这个二维码已失效，或者从未有过")
        return self.trades.create(offer["asked"], person.alipay_user_id)

    def pay(self, trade: Record, result: str) -> Record:
        """What the cashier does when the buyer has typed the password. Raises Refused."""
        if result != "ok":
            return trade
        with self._scene.records.together():
            paid = self.trades.pay(trade)
            self.notices.of_payment(paid)
        self._scene.tell("payment", paid["buyer"])
        return paid
