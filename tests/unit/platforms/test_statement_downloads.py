"""Statements are received in pieces: WeChat Pay's hash is that of what is in the gzip, whatever the pieces are; nothing is held whole."""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from datetime import date

import pytest

from server.core.errors import OutcomeUnknown, OutsideRefusal
from server.core.ports import HttpResponse
from server.platforms.alipay.pay.channel import AlipayChannel
from server.platforms.wechat.pay import statement_download
from server.reconciliation.statements import StatementAnswer, StatementKind
from tests.support.builders import PAYMENT_ID
from tests.support.receiving import Counted, Taken
from tests.unit.platforms.alipay.pen import GATEWAY, MERCHANT, a_client, success
from tests.unit.platforms.played import plain
from tests.unit.platforms.wechat_pay_answers import ACCOUNT, a_channel, refused, signed, trade

DAY = date(2026, 11, 27)
FILE = "交易时间,公众账号ID\n".encode() * 5000
PACKED = gzip.compress(FILE)
MEGABYTE = 1024 * 1024


def told(content: bytes) -> HttpResponse:
    digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    return signed(
        {"hash_type": "SHA1", "hash_value": digest, "download_url": f"{ACCOUNT.base_url}/v3/billdownload/file?token=x"}
    )


async def asked(said: HttpResponse, file: bytes) -> tuple[StatementAnswer, bytes]:
    channel, _ = a_channel(said, plain(file))
    taken = Taken()
    return await channel.statements.statement(DAY, StatementKind.TRADE, taken), taken.content


@pytest.mark.asyncio
@pytest.mark.parametrize("file", [PACKED, FILE], ids=["packed", "as it is"])
async def test_the_file_is_handed_on_as_it_came_and_its_hash_is_that_of_what_is_in_it(file: bytes) -> None:
    assert await asked(told(FILE), file) == (StatementAnswer.FILE, file)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "file",
    [PACKED[:-1], PACKED[: len(PACKED) // 2], PACKED[:2], gzip.compress(FILE + b"x"), FILE[:-1], b"\x1f\x8b" + FILE],
    ids=["without its last byte", "half", "two bytes", "another file", "half, not packed", "no gzip after all"],
)
async def test_another_file_than_the_one_that_was_told_of_is_none(file: bytes) -> None:
    with pytest.raises(OutcomeUnknown, match="hash"):
        await asked(told(FILE), file)


@pytest.mark.asyncio
async def test_no_bytes_are_an_empty_file() -> None:
    assert await asked(told(FILE), b"") == (StatementAnswer.EMPTY_FILE, b"")


def told_at(address: str) -> HttpResponse:
    digest = hashlib.sha1(FILE, usedforsecurity=False).hexdigest()
    return signed({"hash_type": "SHA1", "hash_value": digest.upper(), "download_url": address})


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "address",
    [
        "https://api.mch.weixin.qq.com.evil.example/v3/billdownload/file?token=x",
        "https://evil.example/v3/billdownload/file?token=x",
        "http://api.mch.weixin.qq.com/v3/billdownload/file?token=x",
        "file:///etc/passwd",
    ],
)
async def test_a_statement_is_fetched_from_the_platform_alone(address: str) -> None:
    channel, transport = a_channel(told_at(address))
    with pytest.raises(OutcomeUnknown, match="address"):
        await channel.statements.statement(DAY, StatementKind.TRADE, Taken())
    assert len(transport.sent) == 1


@pytest.mark.asyncio
async def test_an_address_has_a_bounded_length() -> None:
    address = f"{ACCOUNT.base_url}/v3/billdownload/file?token=".ljust(2048, "x")
    for told_address, good in ((address, True), (address + "x", False)):
        channel, transport = a_channel(told_at(told_address), plain(PACKED))
        if good:
            assert await channel.statements.statement(DAY, StatementKind.TRADE, Taken()) is StatementAnswer.FILE
            assert len(transport.sent[0].headers["Authorization"].partition('nonce_str="')[2].partition('"')[0]) == 32
            continue
        with pytest.raises(OutcomeUnknown, match="unreadable"):
            await channel.statements.statement(DAY, StatementKind.TRADE, Taken())


@pytest.mark.asyncio
async def test_a_word_that_says_done_is_no_answer_to_a_question() -> None:
    channel, _ = a_channel(signed(trade(), status=204))
    with pytest.raises(OutcomeUnknown, match="HTTP 204 without the answer"):
        await channel.query(PAYMENT_ID)


@pytest.mark.asyncio
async def test_what_is_fetched_is_the_address_that_was_told_within_a_minute() -> None:
    channel, transport = a_channel(told_at(f"{ACCOUNT.base_url}/v3/billdownload/file?token=a%2Fb"), plain(PACKED))
    assert await channel.statements.statement(DAY, StatementKind.FUND, Taken()) is StatementAnswer.FILE
    first, second = transport.sent
    assert first.url == (
        "https://api.mch.weixin.qq.com/v3/bill/fundflowbill?bill_date=2026-11-27&account_type=BASIC&tar_type=GZIP"
    )
    assert second.url == "https://api.mch.weixin.qq.com/v3/billdownload/file?token=a%2Fb"
    assert (second.system, second.timeout_s, first.timeout_s) == ("wechatpay_statement", 60.0, 5.0)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([signed({"hash_type": "MD5"})], OutcomeUnknown),
        ([refused("SYSTEM_ERROR", 500)], OutcomeUnknown),
        ([refused("NO_AUTH", 403)], OutsideRefusal),
        ([told(FILE), plain(b"", 500)], OutcomeUnknown),
        ([told(FILE), refused("NO_AUTH", 403)], OutsideRefusal),
    ],
)
async def test_what_is_no_statement_is_an_error_and_no_empty_day(
    answers: list[HttpResponse], error: type[Exception]
) -> None:
    channel, _ = a_channel(*answers)
    with pytest.raises(error) as raised:
        await channel.statements.statement(DAY, StatementKind.TRADE, Taken())
    assert type(raised.value) is error


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("code", "answer"),
    [("NO_STATEMENT_EXIST", StatementAnswer.NONE_THAT_DAY), ("STATEMENT_CREATING", StatementAnswer.NOT_YET)],
)
async def test_a_day_without_a_statement_and_one_that_is_being_made_are_told_apart(
    code: str, answer: StatementAnswer
) -> None:
    channel, _ = a_channel(refused(code, 400))
    assert await channel.statements.statement(DAY, StatementKind.TRADE, Taken()) is answer


@pytest.mark.asyncio
@pytest.mark.parametrize("length", [1, 2, 3, 1000])
async def test_a_hash_does_not_hang_on_the_pieces(length: int) -> None:
    hashed = statement_download.HashedStatement(Taken())
    for begin in range(0, len(PACKED), length):
        await hashed.write(PACKED[begin : begin + length])
    assert (hashed.sha1(), hashed.size) == (hashlib.sha1(FILE, usedforsecurity=False).hexdigest(), len(PACKED))


@pytest.mark.asyncio
async def test_no_more_than_a_megabyte_is_unpacked_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gzip of an endless file: a piece of 64 KB of it unpacks to 60 MB and more."""
    lengths: list[int] = []

    class Watched:
        def __init__(self, bits: int) -> None:
            self._real = zlib.decompressobj(bits)

        def decompress(self, packed: bytes, most: int) -> bytes:
            found = self._real.decompress(packed, most)
            lengths.append(len(found))
            return found

        def __getattr__(self, name: str) -> object:
            return getattr(self._real, name)

    monkeypatch.setattr(statement_download, "decompressobj", Watched)
    hashed, pack = statement_download.HashedStatement(Counted()), zlib.compressobj(wbits=31)
    for _ in range(64):
        await hashed.write(pack.compress(bytes(MEGABYTE)))
    await hashed.write(pack.flush())
    assert hashed.sha1() == hashlib.sha1(bytes(64 * MEGABYTE), usedforsecurity=False).hexdigest()
    assert max(lengths) <= MEGABYTE < sum(lengths)


@pytest.mark.asyncio
@pytest.mark.parametrize("length", [0, 10_000])
async def test_alipay_s_zip_is_handed_on_as_it_came(length: int) -> None:
    file = os.urandom(length)
    method = "alipay.data.dataservice.bill.downloadurl.query"
    client, transport = a_client(success(method, bill_download_url=f"{GATEWAY}/bill?x=1"), plain(file))
    taken = Taken()
    answer = await AlipayChannel(client, MERCHANT).statements.statement(DAY, StatementKind.FUND, taken)
    assert (answer, taken.content) == (StatementAnswer.FILE if length else StatementAnswer.EMPTY_FILE, file)
    assert transport.sent[-1].into is taken
