"""What the platforms' books and the phones' inboxes say of payments, in one shape for every channel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.end_to_end.installation import Installation


@dataclass(frozen=True, slots=True)
class ChannelBooks:
    """Where ``/sandbox/money``, ``/sandbox/credentials`` and an inbox keep what is of one channel."""

    books: str
    transaction: str
    refund_number: str
    chat: str
    templates: str
    subject: str
    follows: str


WECHAT = ChannelBooks("wechatpay", "transaction_id", "out_refund_no", "chat", "wechat", "openid", "follows")
ALIPAY = ChannelBooks(
    "alipay", "trade_no", "out_request_no", "life_account", "alipay", "alipay_user_id", "follows_life_account"
)
CHANNELS = (WECHAT, ALIPAY)


def read_trades(money: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """By our number: ``{out_trade_no, transaction_id, amount_fen}``; the transaction is None while nobody has paid."""
    return {
        trade["out_trade_no"]: {
            "out_trade_no": trade["out_trade_no"],
            "transaction_id": trade[channel.transaction] if trade["success_time"] else None,
            "amount_fen": trade["amount_fen"],
        }
        for channel in CHANNELS
        for trade in money[channel.books]["trades"]
    }


def read_refunds(money: Mapping[str, Any]) -> dict[str, Sequence[Mapping[str, Any]]]:
    """By our number of the payment: ``{out_refund_no, amount_fen, status}`` each, in the words of WeChat Pay."""
    refunds: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for channel in CHANNELS:
        for refund in money[channel.books]["refunds"]:
            told = {"out_refund_no": refund[channel.refund_number], "amount_fen": refund["amount_fen"]}
            refunds[refund["out_trade_no"]].append({**told, "status": refund["status"]})
    return dict(refunds)


def read_told(
    world: Installation, credentials: Mapping[str, Any], people: Iterable[int]
) -> tuple[dict[tuple[str, str], int], dict[str, int]]:
    """How often each payment's messages are in the chats, by (payment, purpose), and the SMS, by our number of them."""
    told: defaultdict[tuple[str, str], int] = defaultdict(int)
    sms: defaultdict[str, int] = defaultdict(int)
    for number in people:
        inbox = world.ask(f"/sandbox/inbox?person={number}")
        for channel in CHANNELS:
            published = credentials[channel.templates]["templates"]
            templates = {one["template_id"]: (name, one["keywords"]) for name, one in published.items()}
            for message in inbox[channel.chat]:
                if message["kind"] == "card" and message.get("template_id") in templates:
                    purpose, keywords = templates[message["template_id"]]
                    told[_subject(message, purpose, keywords)] += 1
        for message in inbox["sms"]:
            sms[message["out_id"]] += 1
    return dict(told), dict(sms)


def _subject(message: Mapping[str, Any], purpose: str, keywords: Mapping[str, str]) -> tuple[str, str]:
    """Whose payment and what of it, as the message itself says: its own number, or that of the refund."""
    values = {value: message["data"][word]["value"] for word, value in keywords.items() if word in message["data"]}
    if "payment" in values:
        return values["payment"], purpose
    refund = values.get("refund", "")
    return refund[:-3], f"{purpose}.{refund[-3:]}"
