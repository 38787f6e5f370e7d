"""Asking WeChat Pay for a day's statement and fetching its file (docs/protocols/wechat_pay_v3.md section 9)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import date
from typing import BinaryIO
from urllib.parse import urlsplit
from zlib import MAX_WBITS, decompressobj
from zlib import error as ZlibError

from pydantic import BaseModel, ConfigDict, Field

from server.core.errors import OutcomeUnknown, OutsideRefusal
from server.core.ports import Receiver
from server.platforms.wechat.pay.account import SYSTEM, WechatPayAccount
from server.platforms.wechat.pay.client import WechatPayClient
from server.platforms.wechat.pay.fund_statement import FundStatement
from server.platforms.wechat.pay.statement_cells import GZIP
from server.platforms.wechat.pay.trade_statement import TradeStatement
from server.reconciliation.statements import StatementAnswer, StatementKind, StatementReading

OFFICIAL_HOST = "api.mch.weixin.qq.com"
_UNPACKED_BYTES = 1024 * 1024
_WHERE = {
    StatementKind.TRADE: ("/v3/bill/tradebill", {"bill_type": "ALL"}),
    StatementKind.FUND: ("/v3/bill/fundflowbill", {"account_type": "BASIC"}),
}
_READERS: Mapping[StatementKind, Callable[[BinaryIO], StatementReading]] = {
    StatementKind.TRADE: TradeStatement,
    StatementKind.FUND: FundStatement,
}
_NONE = {
    "NO_STATEMENT_EXIST": StatementAnswer.NONE_THAT_DAY,
    "STATEMENT_CREATING": StatementAnswer.NOT_YET,
}


class _Told(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")
    hash_type: str = Field(pattern="^SHA1$")
    hash_value: str = Field(pattern="^[0-9a-fA-F]{40}$")
    download_url: str = Field(max_length=2048)


class WechatPayStatements:
    """reconciliation.statements.StatementSource."""

    def __init__(self, account: WechatPayAccount, client: WechatPayClient) -> None:
        base = urlsplit(account.base_url)
        self._allowed = {(base.scheme, base.netloc), ("https", OFFICIAL_HOST)}
        self._client = client

    async def statement(self, day: date, kind: StatementKind, into: Receiver) -> StatementAnswer:
        """``into`` takes the file as it comes, still packed; its hash is that of what is in it. Raises OutcomeUnknown, NotSent, OutsideRefusal."""
        path, query = _WHERE[kind]
        try:
            body = await self._client.get(path, {"bill_date": day.isoformat(), **query, "tar_type": "GZIP"})
        except OutsideRefusal as refusal:
            if refusal.reason_code in _NONE:
                return _NONE[refusal.reason_code]
            raise
        try:
            told = _Told.model_validate_json(body)
        except ValueError as error:
            raise OutcomeUnknown(SYSTEM, "unreadable answer") from error
        address = urlsplit(told.download_url)
        if (address.scheme, address.netloc) not in self._allowed:
            raise OutcomeUnknown(SYSTEM, "a statement at an address that is not the platform's")
        hashed = HashedStatement(into)
        await self._client.download(f"{address.path}?{address.query}", hashed)
        if not hashed.size:
            return StatementAnswer.EMPTY_FILE
        if hashed.sha1() != told.hash_value.lower():
            raise OutcomeUnknown(SYSTEM, "a statement whose hash does not hold")
        return StatementAnswer.FILE

    def read_statement(self, kind: StatementKind, file: BinaryIO) -> StatementReading:
        return _READERS[kind](file)


class HashedStatement:
    """core.ports.Receiver. Hands a file on as it comes, and hashes what is in its gzip, at most ``_UNPACKED_BYTES`` of it at a time."""

    def __init__(self, into: Receiver) -> None:
        self._into = into
        self._begins = b""
        self._unpack = decompressobj(MAX_WBITS | 16)
        self._packed, self._unpacked = (hashlib.sha1(usedforsecurity=False) for _ in range(2))
        self._is_whole = True

    @property
    def size(self) -> int:
        return self._into.size

    async def write(self, piece: bytes) -> None:
        self._begins += piece[: len(GZIP) - len(self._begins)]
        self._packed.update(piece)
        self._unpack_next(piece)
        await self._into.write(piece)

    def sha1(self) -> str:
        """The hash of the file in the gzip, or of the file as it came where the platform did not pack it; empty for half a gzip."""
        if self._begins != GZIP:
            return self._packed.hexdigest()
        return self._unpacked.hexdigest() if self._is_whole and self._unpack.eof else ""

    def _unpack_next(self, rest: bytes) -> None:
        try:
            while rest and self._is_whole and not self._unpack.eof:
                self._unpacked.update(self._unpack.decompress(rest, _UNPACKED_BYTES))
                rest = self._unpack.unconsumed_tail
        except ZlibError:
            self._is_whole = False
