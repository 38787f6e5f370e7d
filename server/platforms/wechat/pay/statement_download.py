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
from server.platforms.wechat.pay.account import SYSTEM, WechatPayAccount
from server.platforms.wechat.pay.client import WechatPayClient
from server.platforms.wechat.pay.fund_statement import FundStatement
from server.platforms.wechat.pay.trade_statement import TradeStatement
from server.reconciliation.statements import StatementAnswer, StatementDownload, StatementKind, StatementReading

OFFICIAL_HOST = "api.mch.weixin.qq.com"
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

    async def statement(self, day: date, kind: StatementKind) -> StatementDownload:
        """The file as it came, still packed; its hash is that of what is in it. Raises OutcomeUnknown, NotSent, OutsideRefusal."""
        path, query = _WHERE[kind]
        try:
            body = await self._client.get(path, {"bill_date": day.isoformat(), **query, "tar_type": "GZIP"})
        except OutsideRefusal as refusal:
            if refusal.reason_code in _NONE:
                return StatementDownload(answer=_NONE[refusal.reason_code])
            raise
        try:
            told = _Told.model_validate_json(body)
        except ValueError as error:
            raise OutcomeUnknown(SYSTEM, "unreadable answer") from error
        address = urlsplit(told.download_url)
        if (address.scheme, address.netloc) not in self._allowed:
            raise OutcomeUnknown(SYSTEM, "a statement at an address that is not the platform's")
        packed = await self._client.download(f"{address.path}?{address.query}")
        if not packed:
            return StatementDownload(answer=StatementAnswer.EMPTY_FILE)
        if _sha1_of(packed) != told.hash_value.lower():
            raise OutcomeUnknown(SYSTEM, "a statement whose hash does not hold")
        return StatementDownload(answer=StatementAnswer.FILE, content=packed)

    def read_statement(self, kind: StatementKind, file: BinaryIO) -> StatementReading:
        return _READERS[kind](file)


def _sha1_of(packed: bytes) -> str:
    """Of the file in the gzip, or of ``packed`` itself where the platform did not pack it."""
    digest, unpack = hashlib.sha1(usedforsecurity=False), decompressobj(MAX_WBITS | 16)
    if packed[:2] != b"\x1f\x8b":
        digest.update(packed)
        return digest.hexdigest()
    rest = packed
    try:
        while rest and not unpack.eof:
            digest.update(unpack.decompress(rest, 1 << 20))
            rest = unpack.unconsumed_tail
    except ZlibError:
        return ""
    return digest.hexdigest() if unpack.eof else ""
