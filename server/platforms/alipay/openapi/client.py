"""One signed call of the gateway and its verified answer (docs/protocols/alipay.md sections 1 to 3)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from server.core.errors import OutcomeUnknown
from server.core.ports import Clock, HttpRequest, Receiver, Transport
from server.core.systems import System
from server.platforms.alipay.openapi.account import SYSTEM, AlipayApp
from server.platforms.alipay.openapi.answers import read_answer
from server.platforms.alipay.openapi.keys import AlipayVerifier, AppSigner

if TYPE_CHECKING:
    from server.platforms.alipay.openapi.sdk import SignedParameters

_CHARSET = "charset=utf-8"
DOWNLOAD_TIMEOUT_S = 60.0


class AlipayClient:
    """Sends for one app. Nothing is retried in here: whoever owes the call decides that. ``system`` labels its calls."""

    def __init__(
        self, app: AlipayApp, transport: Transport, clock: Clock, timeout_s: float = 5.0, system: System = SYSTEM
    ) -> None:
        self.app = app
        self.system = system
        self.signer = AppSigner(app.private_key_pem)
        self.verifier = AlipayVerifier(app.alipay_keys)
        self._transport = transport
        self._clock = clock
        self._timeout_s = timeout_s

    @cached_property
    def _parameters(self) -> SignedParameters:
        """Imported with the first call: the SDK brings two more libraries of ciphers, a tenth of a second of each start."""
        from server.platforms.alipay.openapi.sdk import SignedParameters

        return SignedParameters(self.app, self.signer, self._clock)

    async def call(self, method: str, biz_content: Mapping[str, object], **top: str) -> bytes:
        """The raw JSON object of a verified success. Raises OutcomeUnknown, NotSent, OutsideRefusal.

        Only ``charset``, by which the gateway reads the rest, stands in the address: addresses end up in logs.
        """
        pairs = self._parameters.of(method, biz_content, **top).split("&")
        request = HttpRequest(
            system=self.system,
            method="POST",
            url=f"{self.app.gateway_url}?{_CHARSET}",
            headers={"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"},
            body="&".join(pair for pair in pairs if pair != _CHARSET).encode(),
            timeout_s=self._timeout_s,
        )
        return read_answer(await self._transport.send(request), method, self.verifier, self.system)

    async def download(self, url: str, into: Receiver) -> None:
        """A file of the platform, whose address has been checked. Raises OutcomeUnknown, NotSent."""
        system = self.system.part("statement")
        request = HttpRequest(system=system, method="GET", url=url, timeout_s=DOWNLOAD_TIMEOUT_S, into=into)
        response = await self._transport.send(request)
        if response.status != 200:
            raise OutcomeUnknown(system, f"HTTP {response.status}")

    def page(self, method: str, biz_content: Mapping[str, object], **top: str) -> str:
        """The address of a page of Alipay's, for calls that a browser makes."""
        return f"{self.app.gateway_url}?{self._parameters.of(method, biz_content, **top)}"
