"""One signed call of WeChat Pay v3 and its verified answer (docs/protocols/wechat_pay_v3.md sections 1 to 3)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import quote

from server.core.errors import Forged, OutcomeUnknown
from server.core.ports import Clock, HttpRequest, HttpResponse, Ids, Receiver, Transport
from server.platforms.wechat.pay.account import SYSTEM, WechatPayAccount
from server.platforms.wechat.pay.errors import error_of
from server.platforms.wechat.pay.signing import MerchantSigner, PlatformVerifier

NONCE_LENGTH = 32
DOWNLOAD_TIMEOUT_S = 60.0


class WechatPayClient:
    """Sends for one merchant account. Nothing is retried in here: whoever owes the call decides that."""

    def __init__(
        self,
        account: WechatPayAccount,
        transport: Transport,
        clock: Clock,
        ids: Ids,
        signer: MerchantSigner,
        verifier: PlatformVerifier,
        timeout_s: float = 5.0,
    ) -> None:
        self._account = account
        self._transport = transport
        self._clock = clock
        self._ids = ids
        self._signer = signer
        self._verifier = verifier
        self._timeout_s = timeout_s

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> bytes:
        """The body of a verified 200. Raises OutcomeUnknown, NotSent, OutsideRefusal."""
        return await self._call("GET", _with_query(path, query or {}), "")

    async def post(self, path: str, body: Mapping[str, object]) -> bytes:
        """The body of a verified 200. Raises OutcomeUnknown, NotSent, OutsideRefusal."""
        return await self._call("POST", path, json.dumps(body, ensure_ascii=False, separators=(",", ":")))

    async def command(self, path: str, body: Mapping[str, object]) -> None:
        """A verified 204, the only answer that says "done" where there is nothing to tell. Raises as `post`."""
        response = await self._send("POST", path, json.dumps(body, ensure_ascii=False, separators=(",", ":")))
        if response.status != 204:
            raise OutcomeUnknown(SYSTEM, f"HTTP {response.status} where 204 says done")

    async def download(self, path_and_query: str, into: Receiver) -> None:
        """A statement's file, which comes without a signature: whoever asked checks its hash. Raises OutcomeUnknown, NotSent, OutsideRefusal."""
        response = await self._unverified("GET", path_and_query, "", SYSTEM.part("statement"), DOWNLOAD_TIMEOUT_S, into)
        if response.status != 200:
            raise error_of(response)

    async def _call(self, method: str, path_and_query: str, body: str) -> bytes:
        response = await self._send(method, path_and_query, body)
        if response.status != 200:
            raise OutcomeUnknown(SYSTEM, f"HTTP {response.status} without the answer that was asked for")
        return response.body

    async def _send(self, method: str, path_and_query: str, body: str) -> HttpResponse:
        response = await self._unverified(method, path_and_query, body, SYSTEM, self._timeout_s)
        if response.status not in {200, 204}:
            raise error_of(response)
        try:
            self._verifier.check(response.headers, response.body, self._clock.now())
        except Forged as error:
            raise OutcomeUnknown(SYSTEM, "answer without a signature that holds") from error
        return response

    async def _unverified(
        self,
        method: str,
        path_and_query: str,
        body: str,
        system: str,
        timeout_s: float,
        into: Receiver | None = None,
    ) -> HttpResponse:
        timestamp = int(self._clock.now().timestamp())
        nonce = self._ids.text(NONCE_LENGTH)
        headers = {
            "Accept": "application/json",
            "Authorization": self._signer.authorization(method, path_and_query, body, timestamp, nonce),
            "User-Agent": "Zhenfu",
            "Wechatpay-Serial": self._verifier.preferred_id,
        }
        if body:
            headers["Content-Type"] = "application/json"
        return await self._transport.send(
            HttpRequest(
                system=system,
                method=method,
                url=self._account.base_url + path_and_query,
                headers=headers,
                body=body.encode(),
                timeout_s=timeout_s,
                into=into,
            )
        )


def path_part(text: str) -> str:
    """``text`` as one segment of a path."""
    return quote(text, safe="")


def _with_query(path: str, query: Mapping[str, str]) -> str:
    pairs = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query.items())
    return f"{path}?{pairs}" if pairs else path
