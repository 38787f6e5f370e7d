"""A patient's phone for many stories at once: what WeChat's and Alipay's browsers send, on asyncio, through the sandbox's phone host."""

from __future__ import annotations

import json
import re
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

import aiohttp

REDIRECTS_MAX = 10
TOKEN = re.compile(r'name="_xsrf" value="([^"]+)"')


class Unanswered(Exception):
    """No page came, or one that says to try again: a server, a worker or the database is dead just now."""


class Phone:
    """One browser of person ``number`` in the client ``kind`` (wechat, alipay). Cookies are its own; nothing is retried in here."""

    def __init__(self, session: aiohttp.ClientSession, sandbox_port: int, number: int, kind: str) -> None:
        self._session = session
        self._port = sandbox_port
        self.number = number
        self._kind = kind
        self.cookies: dict[str, str] = {}
        self._page = ""

    async def open(self, path: str) -> str:
        """A page, following redirects as the client does. Raises Unanswered."""
        for _ in range(REDIRECTS_MAX):
            status, text, location = await self._send("GET", path, None, {})
            if not location:
                if status >= 400:
                    raise Unanswered(f"{status}")
                self._page = text
                return text
            parts = urlsplit(location)
            path = parts.path + (f"?{parts.query}" if parts.query else "")
        raise Unanswered("redirects without end")

    async def scan(self, bill: dict[str, Any]) -> None:
        await self.open(urlsplit(bill["url"]).path)

    async def start(self, bill_no: str, sms: str) -> tuple[int, dict[str, Any]]:
        """Press 支付 on the bill's page, with a number for the SMS or none: (status, JSON). Raises Unanswered."""
        await self.open(f"/h/demo/bills/{bill_no}")
        if TOKEN.search(self._page) is None:
            return 409, {"code": "no_form"}
        form = {"bill_no": bill_no, "sms": "other" if sms else "none", "phone": sms}
        status, text, _ = await self._submit("/h/demo/payments", form, {"Accept": "application/json"})
        return status, json.loads(text)

    async def submit(self, path: str, form: dict[str, str]) -> str:
        """A form of the page that is open, sent without scripts; the page that follows. Raises Unanswered."""
        _, self._page, location = await self._submit(path, form, {})
        return await self.open(location) if location else self._page

    async def _submit(self, path: str, form: dict[str, str], headers: dict[str, str]) -> tuple[int, str, str]:
        """As `_send`, with the token of the open page. Raises Unanswered, for a page without a form, too."""
        token = TOKEN.search(self._page)
        if token is None:
            raise Unanswered("no form")
        answer = await self._send("POST", path, {**form, "_xsrf": token[1]}, headers)
        if answer[0] >= 500:
            raise Unanswered(f"{answer[0]}")
        return answer

    async def state(self, payment_id: str) -> dict[str, Any]:
        """``{progress, final, text}``. Raises Unanswered."""
        status, text, _ = await self._send("GET", f"/h/demo/payments/{payment_id}/state", None, {})
        if status != 200:
            raise Unanswered(f"{status}")
        told: dict[str, Any] = json.loads(text)
        return told

    async def _send(
        self, method: str, path: str, form: dict[str, str] | None, headers: dict[str, str]
    ) -> tuple[int, str, str]:
        """(status, text, where a redirect leads)."""
        sent = {"Host": f"{self._kind}-{self.number}.localhost:{self._port}", **headers}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        url = f"http://127.0.0.1:{self._port}{path}"
        try:
            async with self._session.request(method, url, data=form, headers=sent, allow_redirects=False) as answer:
                self._keep(answer.headers.getall("Set-Cookie", []))
                return answer.status, await answer.text(), answer.headers.get("Location", "")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unanswered(type(error).__name__) from None

    def _keep(self, set_cookies: list[str]) -> None:
        for header in set_cookies:
            for name, morsel in SimpleCookie(header).items():
                if morsel.value and not morsel["expires"]:
                    self.cookies[name] = morsel.value
                else:
                    self.cookies.pop(name, None)
