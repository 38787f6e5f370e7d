"""A patient with a phone, without a browser: the same requests that the client's browser sends, through the sandbox's phone host."""

from __future__ import annotations

import http.cookiejar
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from tests.end_to_end.installation import Installation


class _PhoneHost(urllib.request.BaseHandler):
    """`wechat-1.localhost` and `alipay-1.localhost` are this machine, whatever the resolver thinks of it."""

    handler_order = 100

    def __init__(self, kind: str, number: int, port: int) -> None:
        self._host, self._port = f"{kind}-{number}.localhost:{port}", port

    def http_request(self, request: urllib.request.Request) -> urllib.request.Request:
        request.add_unredirected_header("Host", self._host)
        parts = urllib.parse.urlsplit(request.full_url)
        if parts.hostname != "127.0.0.1":
            request.full_url = parts._replace(netloc=f"127.0.0.1:{self._port}").geturl()
            request.host = f"127.0.0.1:{self._port}"
        return request


class Phone:
    """Person ``number``'s WeChat, or Alipay. Cookies are its own."""

    def __init__(self, installation: Installation, number: int, kind: str = "wechat") -> None:
        self._world = installation
        self.number = number
        self.kind = kind
        jar = http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(rfc2965=False, strict_domain=False))
        self._opener = urllib.request.build_opener(
            _PhoneHost(kind, number, installation.sandbox_port), urllib.request.HTTPCookieProcessor(jar)
        )
        self.page = ""

    # ---- the world around ----------------------------------------------------------------------------------------------------------

    def bills(self, of: int | None = None) -> list[dict[str, Any]]:
        """The unpaid paper bills of this person, or of another, that have something to pay."""
        found = self._world.ask(f"/sandbox/bills?person={of or self.number}")["bills"]
        return [bill for bill in found if bill["status"] == "unpaid" and bill["own_fen"] > 0]

    def free_bill(self) -> dict[str, Any]:
        """One that the insurance pays whole."""
        found = self._world.ask(f"/sandbox/bills?person={self.number}")["bills"]
        return next(bill for bill in found if bill["status"] == "unpaid" and bill["own_fen"] == 0)

    def sms(self) -> list[str]:
        return [message["text"] for message in self._inbox()["sms"]]

    def codes(self) -> list[str]:
        """Those that SMS have brought, oldest first."""
        return re.findall(r"验证码([0-9]{6})", "\n".join(self.sms()))

    def cards(self) -> list[str]:
        """Titles of the template messages in the chat."""
        chat = {"wechat": "chat", "alipay": "life_account"}[self.kind]
        return [message["title"] for message in self._inbox()[chat] if message["kind"] == "card"]

    def _inbox(self) -> Any:
        return self._world.ask(f"/sandbox/inbox?person={self.number}")

    # ---- what a finger does --------------------------------------------------------------------------------------------------------

    def open(self, path: str) -> str:
        """A page, following redirects as the client does."""
        with self._opener.open(self._world.sandbox_url + path, timeout=30) as answer:
            self.page = answer.read().decode()
        return self.page

    def scan(self, code: dict[str, Any]) -> str:
        """A bill or a wristband."""
        return self.open(urllib.parse.urlsplit(code["url"]).path)

    def fetch(self, path: str) -> tuple[int, str, bytes]:
        """What lies at an address, whatever its status: (status, media type, content)."""
        try:
            with self._opener.open(self._world.sandbox_url + path, timeout=30) as answer:
                return answer.status, answer.headers.get_content_type(), answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers.get_content_type(), error.read()

    def start(self, bill: dict[str, Any], phone: str = "", **more: str) -> tuple[int, dict[str, Any]]:
        """Press 支付 on the bill's page: (status, JSON)."""
        self.open(f"/h/demo/bills/{bill['bill_no']}")
        return self.post("/h/demo/payments", {"bill_no": bill["bill_no"], "phone": phone, **more})

    def post(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """As the page's script sends it."""
        status, answer = self._send(path, form, {"Accept": "application/json"})
        return status, json.loads(answer)

    def submit(self, path: str, form: dict[str, str]) -> tuple[int, str]:
        """As a form is sent without scripts: the page that follows, whatever its status."""
        status, self.page = self._send(path, form, {})
        return status, self.page

    def _send(self, path: str, form: dict[str, str], headers: dict[str, str]) -> tuple[int, str]:
        token = re.search(r'name="_xsrf" value="([^"]+)"', self.page)
        assert token, "the page has a form"
        data = urllib.parse.urlencode({**form, "_xsrf": token[1]}).encode()
        request = urllib.request.Request(self._world.sandbox_url + path, data, headers)
        try:
            with self._opener.open(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def bind_card(self, of: int | None = None, *, own: bool) -> None:
        """This person's card, or another's who reads the code out, typed by hand."""
        people = self._world.ask("/sandbox/credentials")["people"]
        holder = next(person for person in people if person["number"] == (of or self.number))
        holders_phone = Phone(self._world, holder["number"])
        before = len(holders_phone.codes())
        self.open("/h/demo/cards/new")
        self.submit("/h/demo/cards/code", {"card_no": holder["cards"][0], "name": holder["name"]})
        key = re.search(r'name="card_key" value="([^"]+)"', self.page)
        assert key, self.page
        [code] = self._world.wait_until(lambda: holders_phone.codes()[before:], "the code's SMS is there")
        ticked = {"own": "yes"} if own else {}
        _, page = self.submit("/h/demo/cards/bind", {"card_key": key[1], "code": code, **ticked})
        assert "绑定成功" in page, page

    def enter_password(self, started: dict[str, Any], result: str = "ok") -> Any:
        """The cashier; None when it refuses."""
        handle = "prepay_id" if self.kind == "wechat" else "trade_no"
        return self._world.ask(f"/sandbox/{self.kind}/pay", {handle: order_of(started), "result": result})

    def state(self, payment_id: str) -> Any:
        with self._opener.open(f"{self._world.sandbox_url}/h/demo/payments/{payment_id}/state", timeout=30) as answer:
            return json.load(answer)

    def wait_for(self, payment_id: str, progress: str, within_s: float = 30.0) -> Any:
        return self._world.wait_until(
            lambda: (told := self.state(payment_id))["progress"] == progress and told,
            f"payment {payment_id} of person {self.number} is {progress}",
            within_s,
        )

    def pay(self, bill: dict[str, Any]) -> str:
        """Scan, start, password; the payment's number."""
        self.scan(bill)
        status, started = self.start(bill)
        assert status == 200, started
        assert self.enter_password(started)
        return str(started["payment_id"])


def order_of(started: dict[str, Any]) -> str:
    """The channel's handle of the open order, as the page gives it to the client."""
    params = started["call"]["params"]
    return str(params["tradeNO"]) if "tradeNO" in params else prepay_id(started)


def prepay_id(started: dict[str, Any]) -> str:
    return str(started["call"]["params"]["package"]).partition("=")[2]
