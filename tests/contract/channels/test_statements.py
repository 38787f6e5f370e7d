"""Statements against the sandbox: asked for, fetched, checked and read; and what is said where there is none."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest

from server.core.days import hospital_day
from server.core.errors import OutcomeUnknown
from server.core.ports import HttpRequest, HttpResponse
from server.infrastructure.clock_and_ids import SystemClock, SystemIds
from server.infrastructure.transport import AiohttpTransport
from server.platforms.alipay.openapi.client import AlipayClient
from server.platforms.alipay.pay.channel import AlipayChannel
from server.platforms.wechat.pay.channel import WechatPayChannel
from server.platforms.wechat.pay.signing import PlatformVerifier
from server.reconciliation.model import Row, RowKind
from server.reconciliation.statements import (
    RefusalReason,
    StatementAnswer,
    StatementKind,
    StatementRefused,
    StatementSource,
)
from tests.contract.channels import alipay, test_wechat_pay
from tests.contract.channels.conftest import Controls, RunningSandbox
from tests.support.receiving import Taken

TODAY = hospital_day(SystemClock().now())
TOMORROW = TODAY + timedelta(days=1)
KINDS = list(StatementKind)


@pytest.fixture(params=["wechat", "alipay"])
def channel(
    request: pytest.FixtureRequest, sandbox: RunningSandbox, transport: AiohttpTransport
) -> WechatPayChannel | AlipayChannel:
    if request.param == "wechat":
        return WechatPayChannel(test_wechat_pay.an_account(sandbox), transport, SystemClock(), SystemIds())
    client = AlipayClient(alipay.an_app(sandbox), transport, SystemClock())
    return AlipayChannel(client, alipay.a_merchant(sandbox))


async def a_paid_day(channel: WechatPayChannel | AlipayChannel, controls: Controls) -> str:
    """One payment of 12.34 yuan, and the next morning. Its number."""
    if isinstance(channel, WechatPayChannel):
        payment = await test_wechat_pay.paid(channel, controls)
    else:
        payment = await alipay.paid(channel, controls)
    await controls.ask("POST", "/sandbox/clock", {"day": TOMORROW.isoformat()})
    return payment.id


async def read(source: StatementSource, kind: StatementKind) -> list[Row]:
    taken = Taken()
    assert await source.statement(TODAY, kind, taken) is StatementAnswer.FILE
    return list(source.read_statement(kind, io.BytesIO(taken.content)))


@pytest.mark.asyncio
async def test_a_day_is_fetched_and_read(channel: WechatPayChannel | AlipayChannel, controls: Controls) -> None:
    number = await a_paid_day(channel, controls)
    source = channel.statements
    (trade,) = await read(source, StatementKind.TRADE)
    assert (trade.kind, trade.number, trade.amount_fen, trade.fee_fen) == (RowKind.PAYMENT, number, 1234, 7)
    payment, fee, *_ = await read(source, StatementKind.FUND)
    assert (payment.kind, payment.channel_no, payment.amount_fen) == (RowKind.PAYMENT, trade.channel_no, 1234)
    assert (fee.kind, fee.channel_no, fee.fee_fen) == (RowKind.FEE, trade.channel_no, 7)


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", KINDS)
async def test_a_day_of_which_there_is_nothing(
    channel: WechatPayChannel | AlipayChannel, controls: Controls, kind: StatementKind
) -> None:
    await controls.ask("POST", "/sandbox/clock", {"day": (TODAY + timedelta(days=3)).isoformat()})
    await controls.ask("PUT", "/sandbox/faults", {"settings": {"alipay_statement_empty": "refuse"}})
    assert await channel.statements.statement(TODAY, kind, Taken()) is StatementAnswer.NONE_THAT_DAY
    told = {"wechatpay_statement_empty": "file", "alipay_statement_empty": "file"}
    await controls.ask("PUT", "/sandbox/faults", {"settings": told})
    assert await read(channel.statements, kind) == []


@pytest.mark.asyncio
async def test_a_statement_that_is_still_being_written_is_not_there_yet(
    sandbox: RunningSandbox, transport: AiohttpTransport, controls: Controls
) -> None:
    source = AlipayChannel(
        AlipayClient(alipay.an_app(sandbox), transport, SystemClock()), alipay.a_merchant(sandbox)
    ).statements
    assert await source.statement(TODAY, StatementKind.TRADE, Taken()) is StatementAnswer.NOT_YET


@pytest.mark.asyncio
async def test_half_a_file_is_never_read(channel: WechatPayChannel | AlipayChannel, controls: Controls) -> None:
    await a_paid_day(channel, controls)
    wechat = isinstance(channel, WechatPayChannel)
    where = "wechatpay.bill" if wechat else "alipay.bill"
    await controls.fault(where, "half_written")
    if wechat:  # the hash is that of the whole file
        with pytest.raises(OutcomeUnknown):
            await read(channel.statements, StatementKind.TRADE)
        return
    with pytest.raises(StatementRefused) as caught:
        await read(channel.statements, StatementKind.TRADE)
    assert caught.value.reason is RefusalReason.HALF


class Elsewhere:
    """Answers as the sandbox does, but says that the file lies on another host."""

    def __init__(self, transport: AiohttpTransport, host: str) -> None:
        self._transport, self._host = transport, host
        self.asked: list[str] = []

    async def send(self, request: HttpRequest) -> HttpResponse:
        self.asked.append(request.url)
        answer = await self._transport.send(request)
        if "bill" in request.url:
            moved = answer.body.replace(self._host.encode(), b"files.example.com")
            return HttpResponse(status=answer.status, headers=answer.headers, body=moved)
        return answer


@pytest.mark.asyncio
async def test_a_file_elsewhere_is_not_fetched(
    sandbox: RunningSandbox, transport: AiohttpTransport, controls: Controls, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = test_wechat_pay.an_account(sandbox)
    await a_paid_day(WechatPayChannel(account, transport, SystemClock(), SystemIds()), controls)
    elsewhere = Elsewhere(transport, sandbox.base_url.partition("//")[2])
    source = WechatPayChannel(account, elsewhere, SystemClock(), SystemIds()).statements
    monkeypatch.setattr(PlatformVerifier, "check", lambda *told: None)  # whoever moves the file can sign, too
    with pytest.raises(OutcomeUnknown, match="not the platform's"):
        await source.statement(TODAY, StatementKind.TRADE, Taken())
    assert [url for url in elsewhere.asked if "billdownload" in url] == []
