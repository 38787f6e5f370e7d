"""Asking Alipay for a day's statement and fetching its file (docs/protocols/alipay.md section 8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import BinaryIO
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

from server.core.errors import OutcomeUnknown, OutsideRefusal
from server.core.ports import Receiver
from server.platforms.alipay.openapi.account import SYSTEM
from server.platforms.alipay.openapi.client import AlipayClient
from server.platforms.alipay.pay.fund_statement import FundStatement
from server.platforms.alipay.pay.trade_statement import TradeStatement
from server.reconciliation.statements import StatementAnswer, StatementKind, StatementReading

OFFICIAL_HOST = "dwbillcenter.alipay.com"
METHOD = "alipay.data.dataservice.bill.downloadurl.query"
_TYPES = {StatementKind.TRADE: "trade", StatementKind.FUND: "signcustomer"}
_READERS: Mapping[StatementKind, Callable[[BinaryIO], StatementReading]] = {
    StatementKind.TRADE: TradeStatement,
    StatementKind.FUND: FundStatement,
}
_NONE = {
    "NO_BILL_DATA": StatementAnswer.NONE_THAT_DAY,
    "BILL_NOT_EXIST": StatementAnswer.NOT_YET,
    "isp.bill_not_exist": StatementAnswer.NOT_YET,
}


class _Told(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")
    bill_download_url: str = Field(max_length=4096)


class AlipayStatements:
    """reconciliation.statements.StatementSource. The address lives for 30 seconds and may be plain http at the platform's own host."""

    def __init__(self, client: AlipayClient) -> None:
        gateway = urlsplit(client.app.gateway_url)
        self._allowed = {(gateway.scheme, gateway.netloc), ("https", OFFICIAL_HOST), ("http", OFFICIAL_HOST)}
        self._client = client

    async def statement(self, day: date, kind: StatementKind, into: Receiver) -> StatementAnswer:
        """``into`` takes the zip as it comes. Raises OutcomeUnknown, NotSent, OutsideRefusal."""
        content = {"bill_type": _TYPES[kind], "bill_date": day.isoformat()}
        try:
            body = await self._client.call(METHOD, content)
        except OutsideRefusal as refusal:
            if refusal.reason_code in _NONE:
                return _NONE[refusal.reason_code]
            raise
        try:
            url = _Told.model_validate_json(body).bill_download_url
        except ValueError as error:
            raise OutcomeUnknown(SYSTEM, "unreadable answer") from error
        address = urlsplit(url)
        if (address.scheme, address.netloc) not in self._allowed:
            raise OutcomeUnknown(SYSTEM, "a statement at an address that is not the platform's")
        await self._client.download(url, into)
        return StatementAnswer.FILE if into.size else StatementAnswer.EMPTY_FILE

    def read_statement(self, kind: StatementKind, file: BinaryIO) -> StatementReading:
        return _READERS[kind](file)
