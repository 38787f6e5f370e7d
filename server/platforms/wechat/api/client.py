"""Calls of an app's API that carry the access token (docs/protocols/wechat_official.md sections 4 and 5)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar
from urllib.parse import quote, urlencode

from server.core.errors import OutcomeUnknown
from server.core.ports import HttpRequest, HttpResponse, Transport
from server.platforms.wechat.api.access_token import AccessTokens
from server.platforms.wechat.api.app import SYSTEM, WechatApp
from server.platforms.wechat.api.errors import TOKEN_REFUSED, Said, error_of, read

_Answer = TypeVar("_Answer", bound=Said)


class WechatApi:
    def __init__(self, config: WechatApp, transport: Transport, tokens: AccessTokens, timeout_s: float = 5.0) -> None:
        self._config = config
        self._transport = transport
        self._tokens = tokens
        self._timeout_s = timeout_s

    async def post(self, path: str, payload: Mapping[str, object], answer: type[_Answer]) -> _Answer:
        """The successful answer. Raises OutsideRefusal with the errcode as its reason_code, NotSent, OutcomeUnknown.

        A refused token is dropped and the call made once more with a new one, never a third time.
        """
        said = await self._with_token(lambda token: self._asked(path, payload, token, answer))
        if said.errcode:
            raise error_of(said)
        return said

    async def get(self, path: str, query: Mapping[str, str], answer: type[_Answer]) -> _Answer:
        """As `post`, for calls that ask by address."""
        said = await self._with_token(lambda token: self._looked_up(path, query, token, answer))
        if said.errcode:
            raise error_of(said)
        return said

    async def post_for_image(self, path: str, payload: Mapping[str, object]) -> bytes:
        """The picture: answers of such calls are JSON only when something is wrong. Raises as `post`."""
        images: list[bytes] = []

        async def ask(token: str) -> Said:
            response = await self._send(path, payload, token)
            if response.status == 200 and response.headers.get("content-type", "").startswith("image/"):
                images.append(response.body)
                return Said()
            return read(Said, response)

        said = await self._with_token(ask)
        if said.errcode:
            raise error_of(said)
        if not images:
            raise OutcomeUnknown(SYSTEM, "no picture in the answer")
        return images[-1]

    async def _with_token(self, ask: Callable[[str], Awaitable[_Answer]]) -> _Answer:
        token = await self._tokens.get()
        said = await ask(token)
        if said.errcode in TOKEN_REFUSED:
            await self._tokens.drop(token)
            said = await ask(await self._tokens.get())
        return said

    async def _asked(self, path: str, payload: Mapping[str, object], token: str, answer: type[_Answer]) -> _Answer:
        return read(answer, await self._send(path, payload, token))

    async def _looked_up(self, path: str, query: Mapping[str, str], token: str, answer: type[_Answer]) -> _Answer:
        url = f"{self._config.api_base}{path}?{urlencode({'access_token': token, **query})}"
        request = HttpRequest(system=SYSTEM, method="GET", url=url, timeout_s=self._timeout_s)
        return read(answer, await self._transport.send(request))

    async def _send(self, path: str, payload: Mapping[str, object], token: str) -> HttpResponse:
        """Chinese goes as it is: the platform shows ``\\u…`` escapes of a menu literally."""
        request = HttpRequest(
            system=SYSTEM,
            method="POST",
            url=f"{self._config.api_base}{path}?access_token={quote(token, safe='')}",
            headers={"Content-Type": "application/json; charset=utf-8"},
            body=json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode(),
            timeout_s=self._timeout_s,
        )
        return await self._transport.send(request)
