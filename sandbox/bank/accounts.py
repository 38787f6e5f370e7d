"""The hospital's bank accounts. The numbers are invented: no bank's begin with 9999."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAccount:
    """``payer`` is the name under which the platform's money arrives, ``words`` what stands before the withdrawal's number."""

    number: str
    bank: str
    title: str
    payer: str
    words: str


ACCOUNTS = {
    "wechat": BankAccount(number="9999000100000017", bank="示范银行", title="基本户", payer="财付通支付科技有限公司", words="微信支付提现"),
    "alipay": BankAccount(number="9999000200000025", bank="样例银行", title="一般户", payer="支付宝（中国）网络技术有限公司", words="支付宝提现"),
}  # fmt: skip
"""By the platform that pays into it."""


def account_of(number: str) -> BankAccount | None:
    return next((account for account in ACCOUNTS.values() if account.number == number), None)
