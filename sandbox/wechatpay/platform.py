"""The platform's face: paths, signature checks, signed answers, notifications."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from urllib.parse import unquote

from sandbox.wechatpay.asked import read_order, read_refund
from sandbox.wechatpay.errors import Refused
from sandbox.wechatpay.merchant import Orders, transaction
from sandbox.wechatpay.refunds import ENDS, Refunds, refund_answer, refund_notice
from sandbox.wechatpay.signing import Signatures, SignError
from sandbox.wechatpay.statements import Statements
from sandbox.world.chance import rfc3339
from sandbox.world.deliveries import Sort
from sandbox.world.scene import Scene
from sandbox.world.wire import Outbound, Record, Request, Response, json_response

RETRIES_S = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)
PAYMENT, REFUND = "notify.payment", "notify.refund"
Handle = Callable[[Request, "re.Match[str]", Record | None], Response]


class WechatPay:
    """``handle`` answers the app; ``pay`` is the payer's finger; ``tick`` ends what takes time."""

    def __init__(self, scene: Scene, knows_openid: Callable[[str], bool]) -> None:
        self._scene = scene
        self._knows_openid = knows_openid
        self.signatures = Signatures(scene.keys, scene.dice)
        self.orders = Orders(scene.records, scene.clock, scene.dice)
        self.refunds = Refunds(scene.records, self.orders, scene.clock, scene.dice)
        self.statements = Statements(scene.keys, self.orders, self.refunds, scene.clock, scene.dice)
        sort = Sort(self._notification, lambda status, body: status in (200, 204), RETRIES_S)
        scene.deliveries.sorts.update({PAYMENT: sort, REFUND: sort})
        trade, back = r"/v3/pay/transactions", r"/v3/refund/domestic/refunds"
        self._routes: list[tuple[str, re.Pattern[str], str, Handle]] = [
            ("POST", re.compile(rf"{trade}/jsapi"), "order", self._order),
            ("GET", re.compile(rf"{trade}/out-trade-no/([^/]+)"), "query", self._query),
            ("GET", re.compile(rf"{trade}/id/([^/]+)"), "query", self._query_id),
            ("POST", re.compile(rf"{trade}/out-trade-no/([^/]+)/close"), "close", self._close),
            ("POST", re.compile(back), "refund", self._refund),
            ("GET", re.compile(rf"{back}/([^/]+)"), "refund_query", self._refund_query),
            ("GET", re.compile(r"/v3/bill/(tradebill|fundflowbill)"), "bill", self._statement),
            ("GET", re.compile(r"/v3/billdownload/file"), "bill", lambda request, m, f: self.statements.file(request)),
            ("GET", re.compile(r"/v3/certificates"), "certificates", self._certificates),
        ]

    def where(self, request: Request) -> str:
        """The name of this call for fault rules."""
        for method, pattern, name, _ in self._routes:
            if method == request.method and pattern.fullmatch(request.path):
                return f"wechatpay.{name}"
        return "wechatpay.unknown"

    def handle(self, request: Request, fault: Record | None = None) -> Response:
        number = 0
        try:
            response = self._answer(request, fault)
        except SignError as error:
            response = _sign_error(request, str(error))
            number = 268443699
        except Refused as refused:
            response, number = refused.response(), refused.number
        request_id = f"{self._scene.dice.upper_hex(40)}-{number}"
        headers = {**response.headers, "Request-ID": request_id}
        if response.status < 300 and not request.path.startswith("/v3/billdownload/"):
            wrong = fault is not None and fault["what"] == "unsigned"
            asked_mode, now = request.headers.get("wechatpay-serial"), self._scene.clock.now()
            certificate = asked_mode == self._scene.keys["platform_serial"]
            headers |= self.signatures.headers(response.body, now, wrong=wrong, certificate=certificate)
        return Response(status=response.status, headers=headers, body=response.body)

    def _answer(self, request: Request, fault: Record | None) -> Response:
        if "application/json" not in request.headers.get("accept", "") and not request.path.startswith(
            "/v3/billdownload/"
        ):
            raise Refused(400, "PARAM_ERROR", "请求头 Accept 必须为 application/json")
        if not request.headers.get("user-agent", "").strip():
            raise Refused(400, "PARAM_ERROR", "请求头 User-Agent 不能为空")
        self.signatures.check_request(request, self._scene.clock.now())
        if fault is not None and fault["what"] == "refuse":
            raise Refused(
                int(fault.get("status", 400)), fault.get("code", "INVALID_REQUEST"), fault.get("message", "拒绝")
            )
        for method, pattern, _, handle in self._routes:
            match = pattern.fullmatch(request.path)
            if match and method == request.method:
                return handle(request, match, fault)
        raise Refused(404, "RESOURCE_NOT_EXISTS", "接口不存在")

    def _order(self, request: Request, match: re.Match[str], fault: Record | None) -> Response:
        keys = self._scene.keys
        asked = read_order(request.body, keys["mchid"], keys["appid"], self._scene.clock.now())
        if not self._knows_openid(asked["payer"]["openid"]):
            raise Refused(400, "PARAM_ERROR", "openid 与 appid 不匹配")
        return json_response({"prepay_id": self.orders.place(asked)})

    def _query(self, request: Request, match: re.Match[str], fault: Record | None) -> Response:
        self._check_mchid(request)
        return json_response(transaction(self.orders.get(unquote(match[1]))))

    def _query_id(self, request: Request, match: re.Match[str], fault: Record | None) -> Response:
        self._check_mchid(request)
        return json_response(transaction(self.orders.by_transaction(unquote(match[1]))))

    def _check_mchid(self, request: Request) -> None:
        if request.query.get("mchid") != self._scene.keys["mchid"]:
            raise Refused(400, "PARAM_ERROR", "mchid不匹配")

    def _close(self, request: Request, match: re.Match[str], fault: Record | None) -> Response:
        asked = request.json()
        if not isinstance(asked, dict) or asked != {"mchid": self._scene.keys["mchid"]}:
            raise Refused(400, "PARAM_ERROR", "mchid不匹配")
        if fault is not None and fault["what"] == "pretend":
            self.orders.get(unquote(match[1]))
            return Response(status=204)
        self.orders.close(unquote(match[1]))
        self._scene.events.tell("order_closed")
        return Response(status=204)

    def _refund(self, request: Request, match: re.Match[str], fault: Record | None) -> Response:
        end = ENDS.get(fault["what"], "SUCCESS") if fault is not None else "SUCCESS"
        refund = self.refunds.submit(read_refund(request.body), end)
        self._scene.events.tell("refund")
        return json_response(refund_answer(refund))

    def _refund_query(self, request: Request, match: re.Match[str], fault: Record | None) -> Response:
        return json_response(refund_answer(self.refunds.get(unquote(match[1]))))

    def _statement(self, request: Request, match: re.Match[str], fault: Record | None) -> Response:
        return self.statements.ask(request, match[1], f"http://{request.host}")

    def _certificates(self, request: Request, match: re.Match[str], fault: Record | None) -> Response:
        keys, now = self._scene.keys, self._scene.clock.now()
        entry = {
            "serial_no": keys["platform_serial"],
            "effective_time": rfc3339(now.replace(year=now.year - 1, day=1)),
            "expire_time": rfc3339(now.replace(year=now.year + 4, day=1)),
            "encrypt_certificate": self.signatures.seal(keys["platform_certificate"], "certificate"),
        }
        return json_response({"data": [entry]})

    # ---- the payer, and what the app is told -------------------------------------------------------------------------------------

    def pay(self, prepay_id: str, result: str) -> Record:
        """What the cashier does. Raises Refused."""
        order = self.orders.by_prepay(prepay_id)
        if order is None:
            raise Refused(404, "ORDER_NOT_EXIST", "没有这个预支付单")
        if result == "fail" or result == "cancel":
            return order
        return self._paid(order)

    def pay_by_number(self, out_trade_no: str) -> Record:
        """The payer was faster than the order's answer. Raises Refused."""
        return self._paid(self.orders.get(out_trade_no))

    def _paid(self, order: Record) -> Record:
        paid = self.orders.pay(order)
        self._scene.deliveries.add(
            PAYMENT, paid["out_trade_no"], {"out_trade_no": paid["out_trade_no"]}, self._scene.clock.now()
        )
        self._scene.events.tell("payment")
        return paid

    def tick(self) -> None:
        """End the refunds whose time has come, and owe the app their notifications."""
        for refund in self.refunds.finish_due():
            if refund["notify_url"]:
                key = refund["out_refund_no"]
                self._scene.deliveries.add(REFUND, key, {"out_refund_no": key}, self._scene.clock.now())
            self._scene.events.tell("refund")

    def _notification(self, payload: Record, fault: Record | None) -> Outbound:
        """Made and signed anew for every try."""
        what = fault["what"] if fault else ""
        if "out_refund_no" in payload:
            refund = self.refunds.get(payload["out_refund_no"])
            url, kind, data = refund["notify_url"], "refund", refund_notice(refund, self._scene.keys["mchid"])
            event, summary = f"REFUND.{refund['status']}", "退款通知"
        else:
            order = self.orders.get(payload["out_trade_no"])
            url, kind = order["asked"]["notify_url"], "transaction"
            data = transaction({**order, "state": "SUCCESS"}, amount_more_fen=1 if what == "wrong_amount" else 0)
            event, summary = "TRANSACTION.SUCCESS", "支付成功"
        now = self._scene.clock.now()
        envelope = {
            "id": f"EV-{self._scene.dice.digits(19)}",
            "create_time": rfc3339(now),
            "resource_type": "encrypt-resource",
            "event_type": event,
            "summary": summary,
            "resource": {"original_type": kind, **self.signatures.seal(data, kind)},
        }
        body = json.dumps(envelope, ensure_ascii=False).encode()
        wrong = what in {"unsigned", "wrong_signature"}
        headers = self.signatures.headers(body, now, wrong=wrong, certificate=bool(fault and fault.get("certificate")))
        return Outbound(
            url=url,
            body=body,
            headers={"Content-Type": "application/json", "Accept": "*/*", "User-Agent": "Mozilla/4.0", **headers},
        )


def _sign_error(request: Request, issue: str) -> Response:
    detail = {
        "detail": {"issue": issue},
        "field": "signature",
        "location": "authorization",
        "sign_information": {
            "method": request.method,
            "url": request.target,
            "sign_message_length": 0,
            "truncated_sign_message": "",
        },
    }
    return json_response({"code": "SIGN_ERROR", "message": "签名错误", "detail": detail}, 401)
