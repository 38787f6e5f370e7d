"""Calls of the official account's API that carry the access token (protocols/wechat_official.md sections 4 and 5)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import quote

from server.channels.wechat.official_account.access_token import AccessTokens
from server.channels.wechat.official_account.account import SYSTEM, OfficialAccountConfig
from server.channels.wechat.official_account.errors import TOKEN_REFUSED, Said, error_of, read
from server.ports import HttpRequest, Transport

_Answer = TypeVar("_Answer", bound=Said)


class OfficialAccountApi:
    def __init__(
        self, config: OfficialAccountConfig, transport: Transport, tokens: AccessTokens, timeout_s: float = 5.0
    ) -> None:
        self._config = config
        self._transport = transport
        self._tokens = tokens
        self._timeout_s = timeout_s

    async def post(self, path: str, payload: Mapping[str, object], answer: type[_Answer]) -> _Answer:
        """The successful answer. Raises OutsideRefusal with the errcode as its reason_code, NotSent, OutcomeUnknown.

        A refused token is dropped and the call made once more with a new one, never a third time.
        """
        token = await self._tokens.get()
        said = await self._send(path, payload, token, answer)
        if said.errcode in TOKEN_REFUSED:
            await self._tokens.drop(token)
            said = await self._send(path, payload, await self._tokens.get(), answer)
        if said.errcode:
            raise error_of(said)
        return said

    async def _send(self, path: str, payload: Mapping[str, object], token: str, answer: type[_Answer]) -> _Answer:
        """Chinese goes as it is: the platform shows ``\\u…`` escapes of a menu literally."""
        request = HttpRequest(
            system=SYSTEM,
            method="POST",
            url=f"{self._config.api_base}{path}?access_token={quote(token, safe='')}",
            headers={"Content-Type": "application/json; charset=utf-8"},
            body=json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode(),
            timeout_s=self._timeout_s,
        )
        return read(answer, await self._transport.send(request))
