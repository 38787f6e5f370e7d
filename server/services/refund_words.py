"""What patients and staff read about a refund's way back."""

from __future__ import annotations

CHANNEL_NAMES = {"wechat": "微信支付", "alipay": "支付宝"}
_ARRIVAL = {
    "wechat": "零钱几分钟内到账，银行卡1至3个工作日",
    "alipay": "支付宝余额几分钟内到账，银行卡1至3个工作日",
}


def channel_name(channel: str) -> str:
    return CHANNEL_NAMES.get(channel, "原支付渠道")


def arrival(channel: str) -> str:
    """When the money is expected, from the moment the channel has taken the refund."""
    return _ARRIVAL.get(channel, "1至3个工作日到账")
