"""The platform's face: paths, signature checks, signed answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

from sandbox.wechatpay.asked import LOOPBACK, AbnormalRefund, Close, read, read_order, read_refund
from sandbox.wechatpay.codes import H5, NATIVE, REAL, Codes
from sandbox.wechatpay.errors import Refused, Unrouted, sign_error
from sandbox.wechatpay.merchant import SETTINGS, Orders, transaction
from sandbox.wechatpay.mweb import SETTINGS as MWEB_SETTINGS
from sandbox.wechatpay.mweb import H5Page
from sandbox.wechatpay.notices import REFUND, Notices
from sandbox.wechatpay.refunds import ENDS, Refunds, refund_answer
from sandbox.wechatpay.refunds import SETTINGS as REFUND_SETTINGS
from sandbox.wechatpay.signing import Signatures, SignError
from sandbox.wechatpay.statements import SETTINGS as STATEMENT_SETTINGS
from sandbox.wechatpay.statements import Statements
from sandbox.world.chance import rfc3339
from sandbox.world.scene import Scene
from sandbox.world.wire import Record, Request, Response, json_response

DOWNLOAD = "/v3/billdownload/"
ORDERS, NAMED_CLIENTS_ONLY = "/v3/pay/transactions/", ("/v3/certificates", "/v3/refund/")
KNOWN_REFUSALS = {
    "NOT_ENOUGH": (403, "基本账户余额不足，请充值后重新发起"),
    "FREQUENCY_LIMITED": (429, "频率限制，请降低请求接口频率"),
}
HEADERS_MISSING = "Http头缺少Accept或User-Agent"
NUMBER_CHARS_MAX = 32
REFUND_NUMBER_CHARS_MAX = 64
Handle = Callable[[Request, "re.Match[str]", Record], Response]


class WechatPay:
    """``handle`` answers the app; ``pay`` is the payer's finger; ``tick`` ends what takes time."""

    def __init__(self, scene: Scene, knows_openid: Callable[[str, str], bool]) -> None:
        self._scene = scene
        scene.faults.offer(SETTINGS | REFUND_SETTINGS | STATEMENT_SETTINGS | MWEB_SETTINGS)
        self._knows_openid = knows_openid
        self.signatures = Signatures(scene.keys, scene.dice)
        self.orders = Orders(scene.records, scene.clock, scene.dice, lambda: scene.faults.settings)
        self.codes = Codes(scene, self.orders)
        self.h5_page = H5Page(scene, self.orders, self.codes)
        self.refunds = Refunds(scene.records, self.orders, scene.clock, scene.dice, scene.faults)
        self.statements = Statements(scene, self.orders, self.refunds)
        self.notices = Notices(scene, self.signatures, self.orders, self.refunds)
        trade, back = r"/v3/pay/transactions", r"/v3/refund/domestic/refunds"
        self._routes: list[tuple[str, re.Pattern[str], str, Handle]] = [
            ("POST", re.compile(rf"{trade}/jsapi"), "order", self._order),
            ("POST", re.compile(rf"{trade}/(native|h5)"), "order", self._order_for_anyone),
            ("GET", re.compile(rf"{trade}/out-trade-no/([^/]+)"), "query", self._query),
            ("GET", re.compile(rf"{trade}/id/([^/]+)"), "query", self._query),
            ("POST", re.compile(rf"{trade}/out-trade-no/([^/]+)/close"), "close", self._close),
            ("POST", re.compile(back), "refund", self._refund),
            ("GET", re.compile(rf"{back}/([^/]+)"), "refund_query", self._refund_query),
            ("POST", re.compile(rf"{back}/([^/]+)/apply-abnormal-refund"), "refund", self._mend_refund),
            ("GET", re.compile(r"/v3/bill/(tradebill|fundflowbill)"), "bill", self._statement),
            ("GET", re.compile(rf"{DOWNLOAD}file"), "bill", self._file),
            ("GET", re.compile(r"/v3/certificates"), "certificates", self._certificates),
        ]
        scene.faults.places |= {f"wechatpay.{name}" for _, _, name, _ in self._routes}

    def where(self, request: Request) -> str:
        """The name of this call for fault rules."""
        for method, pattern, name, _ in self._routes:
            if method == request.method and pattern.fullmatch(request.path):
                return f"wechatpay.{name}"
        return "wechatpay.unknown"

    def handle(self, request: Request, fault: Record | None = None) -> Response:
        number = 0
        try:
            response = self._answer(request, fault or {"what": ""})
        except Unrouted as unrouted:
            response = Response(status=unrouted.status)
        except SignError as error:
            response, number = sign_error(request, str(error), error.message, stale=error.stale), 268443699
        except Refused as refused:
            response, number = refused.response(), refused.number
        request_id = f"{self._scene.dice.upper_hex(40)}-{number}"
        is_nameless = response.status == 401 and request.path.startswith(ORDERS)
        headers = {**response.headers} if is_nameless else {**response.headers, "Request-ID": request_id}
        if response.status < 300 and not request.path.startswith(DOWNLOAD):
            usual = self._scene.faults.settings["verify_key"]
            mode = self.signatures.mode(request.headers.get("wechatpay-serial"), usual)
            what = fault["what"] if fault else ""
            headers |= self.signatures.headers(response.body, self._scene.clock.now(), mode=mode, what=what)
        return Response(status=response.status, headers=headers, body=response.body)

    def _answer(self, request: Request, fault: Record) -> Response:
        headers = request.headers
        self._check_routed(request)
        is_download = request.path.startswith(DOWNLOAD)
        if not headers.get("accept", "").strip() and not is_download:
            raise Refused(400, "INVALID_REQUEST", HEADERS_MISSING)
        if not {"application/json", "*/*"} & _kinds(headers.get("accept", "")) and not is_download:
            raise Refused(400, "PARAM_ERROR", "请求头 Accept 必须为 application/json")
        if not headers.get("user-agent", "").strip() and request.path.startswith(NAMED_CLIENTS_ONLY):
            raise Refused(400, "INVALID_REQUEST", HEADERS_MISSING)
        if request.method == "POST" and not headers.get("content-type", "").startswith("application/json"):
            raise Refused(400, "PARAM_ERROR", "请求头 Content-Type 必须为 application/json")
        self.signatures.check_request(request, self._scene.clock.now())
        if fault["what"] == "refuse":
            code = fault.get("code", "INVALID_REQUEST")
            status, words = KNOWN_REFUSALS.get(code, (400, "拒绝"))
            raise Refused(int(fault.get("status", status)), code, fault.get("message", words))
        for method, pattern, _, handle in self._routes:
            match = pattern.fullmatch(request.path)
            if match and method == request.method:
                return handle(request, match, fault)
        raise Unrouted(404)

    def _check_routed(self, request: Request) -> None:
        """Raises Unrouted for a path or a method that no call has."""
        methods = {method for method, pattern, _, _ in self._routes if pattern.fullmatch(request.path)}
        if not methods:
            raise Unrouted(404)
        if request.method not in methods:
            raise Unrouted(405)

    def _order(self, request: Request, match: re.Match[str], fault: Record) -> Response:
        keys = self._scene.keys
        asked = read_order(request.body, keys["mchid"], {keys["appid"], keys["mini_appid"]}, self._scene.clock.now())
        if not self._knows_openid(asked["appid"], asked["payer"]["openid"]):
            raise Refused(400, "PARAM_ERROR", "openid 与 appid 不匹配")
        return json_response({"prepay_id": self.orders.place(asked)})

    def _order_for_anyone(self, request: Request, match: re.Match[str], fault: Record) -> Response:
        keys, trade_type = self._scene.keys, NATIVE if match[1] == "native" else H5
        appids = {keys["appid"], keys["mini_appid"]}
        asked = read_order(request.body, keys["mchid"], appids, self._scene.clock.now(), trade_type)
        on_this_machine = request.host.partition(":")[0] in LOOPBACK
        return json_response(self.codes.place(asked, trade_type, f"http://{request.host}" if on_this_machine else REAL))

    def _query(self, request: Request, match: re.Match[str], fault: Record) -> Response:
        if request.query != {"mchid": self._scene.keys["mchid"]}:
            raise Refused(400, "PARAM_ERROR", "mchid不匹配")
        by_id = request.path.startswith("/v3/pay/transactions/id/")
        order = (self.orders.by_transaction if by_id else self.orders.get)(_number(match))
        return json_response(transaction(order, amount_more_fen=1 if fault["what"] == "wrong_amount" else 0))

    def _close(self, request: Request, match: re.Match[str], fault: Record) -> Response:
        if read(request.body, Close)["mchid"] != self._scene.keys["mchid"]:
            raise Refused(400, "PARAM_ERROR", "mchid不匹配")
        number = _number(match)
        if fault["what"] == "pretend":
            self.orders.get(number)
            return Response(status=204)
        closed = self.orders.close(number)
        if "asked" in closed:
            self._scene.tell("order_closed", closed["payer"])
        return Response(status=204)

    def _refund(self, request: Request, match: re.Match[str], fault: Record) -> Response:
        asked = read_refund(request.body, {self._scene.app_url, self._scene.app_public_url})
        refund = self.refunds.submit(asked, ENDS.get(fault["what"], "SUCCESS"))
        self._tell_of(refund)
        return json_response(refund_answer(refund))

    def _refund_query(self, request: Request, match: re.Match[str], fault: Record) -> Response:
        return json_response(refund_answer(self.refunds.get(_number(match, REFUND_NUMBER_CHARS_MAX))))

    def _mend_refund(self, request: Request, match: re.Match[str], fault: Record) -> Response:
        asked = read(request.body, AbnormalRefund)
        return json_response(refund_answer(self.refunds.mend(unquote(match[1]), asked)))

    def _statement(self, request: Request, match: re.Match[str], fault: Record) -> Response:
        return self.statements.ask(request, match[1], f"http://{request.host}", what=fault["what"])

    def _file(self, request: Request, match: re.Match[str], fault: Record) -> Response:
        return self.statements.file(request, half_written=fault["what"] == "half_written")

    def _certificates(self, request: Request, match: re.Match[str], fault: Record) -> Response:
        if request.query.get("algorithm_type", "RSA") not in {"RSA", "ALL"}:
            raise Refused(404, "RESOURCE_NOT_EXISTS", "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥")
        keys, now = self._scene.keys, self._scene.clock.now()
        entry = {
            "serial_no": keys["platform_serial"],
            "effective_time": rfc3339(now.replace(year=now.year - 1, day=1)),
            "expire_time": rfc3339(now.replace(year=now.year + 4, day=1)),
            "encrypt_certificate": self.signatures.seal(keys["platform_certificate"], "certificate"),
        }
        return json_response({"data": [entry]})

    # ---- the payer, and what takes time ------------------------------------------------------------------------------------------

    def pay(self, prepay_id: str, result: str) -> Record:
        """What the cashier does. Raises Refused."""
        order = self.orders.by_prepay(prepay_id)
        if order is None:
            raise Refused(404, "ORDER_NOT_EXIST", "没有这个预支付单")
        return self._paid(order, prepay_id) if result == "ok" else order

    def pay_at(self, address: str, openid: str, result: str) -> Record:
        """Somebody scans a ``code_url`` or opens an ``h5_url``. Raises Refused."""
        code = self.codes.opened(address)
        order = self.orders.get(code["out_trade_no"])
        if not self._knows_openid(order["asked"]["appid"], openid):
            raise Refused(400, "PARAM_ERROR", "openid 与 appid 不匹配")
        return self._paid(order, code["prepay_id"], openid) if result == "ok" else order

    def pay_by_number(self, out_trade_no: str) -> Record:
        """The payer was faster than the order's answer. Raises Refused."""
        return self._paid(self.orders.get(out_trade_no))

    def _paid(self, order: Record, prepay_id: str = "", payer: str = "") -> Record:
        with self._scene.records.together():
            paid = self.orders.pay(order, prepay_id, payer)
            self.notices.of_payment(paid)
        self._scene.tell("payment", paid["payer"])
        return paid

    def tick(self) -> None:
        """End the refunds whose time has come, and owe the app their notifications."""
        with self._scene.records.together():
            for refund in self.refunds.finish_due():
                if refund["notify_url"]:
                    self.notices.of_refund(refund)
                self._tell_of(refund)

    def _tell_of(self, refund: Record) -> None:
        self._scene.tell(REFUND.removeprefix("notify."), self.orders.get(refund["out_trade_no"])["payer"])


def _kinds(accept: str) -> set[str]:
    return {kind.partition(";")[0].strip() for kind in accept.split(",")}


def _number(match: re.Match[str], chars_max: int = NUMBER_CHARS_MAX) -> str:
    """A merchant's or the platform's number of an order or refund in the path. Raises Refused for one that is too long."""
    number = unquote(match[1])
    if len(number) > chars_max:
        raise Refused(400, "PARAM_ERROR", "参数错误", {"location": "uri", "value": len(number)}, 268435461)
    return number
