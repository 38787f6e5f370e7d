"""Notifications of the two channels: the first time, until they are stored, and again."""

from __future__ import annotations

from collections.abc import Sequence

from bench.asking import Request
from bench.engine import Row
from bench.means import Means
from bench.replayed import Replayed

NOTE = "The HIS hangs meanwhile, so that the booking that follows is not counted. The contestants verify, decrypt and insert one document."


def rows(means: Means) -> Sequence[Row]:
    return [
        _first(means, "wechat", "WeChat Pay", {"cpu_us": 830, "database_us": 1000}),
        _first(means, "alipay", "Alipay", {"cpu_us": 930, "database_us": 1000}),
        _repeated(means, "wechat", "WeChat Pay"),
        _repeated(means, "alipay", "Alipay"),
    ]


def _first(means: Means, kind: str, channel: str, goals: dict[str, float]) -> Row:
    replayed = Replayed()

    async def new(count: int) -> Sequence[Request]:
        return await replayed.keep(await means.world.paid(kind, count))

    if kind == "wechat":
        others = [
            means.other("cryptography and one insert", "pay_floor.py", replayed.again, "cryptography", stores=True),
            means.other("wechatpayv3 2.0.4 and one insert", "pay_wechatpayv3.py", replayed.again, "wechatpayv3", stores=True),
        ]  # fmt: skip
    else:
        others = [
            means.other("cryptography and one insert", "alipay_floor.py", replayed.again, "cryptography", stores=True),
            means.other("python-alipay-sdk 3.4.0 and one insert", "alipay_sdk.py", replayed.again, "alipay", stores=True),
        ]  # fmt: skip
    title = f"{channel} notification → durable write"
    return Row(f"notification-{kind}", title, [means.ours(new, most=means.plan.supply), *others], goals, note=NOTE)


def _repeated(means: Means, kind: str, channel: str) -> Row:
    async def again(count: int) -> Sequence[Request]:
        return await means.world.repeated(kind, count)

    return Row(
        f"repeated-{kind}", f"{channel} notification, repeated", [means.ours(again)], {"cpu_us": 500}, note="The same answer, and nothing is written."
    )  # fmt: skip
