"""Both sides' books: ours read from the database with the installation's keyring, the outside's from ``/sandbox/money``."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.domain.payment import Payment
from server.ports import Alert, UnclaimedMoney
from server.sealing import Keyring
from server.storage.mongo import connect
from settings import load_settings
from tests.chaos.desk import PEOPLE
from tests.end_to_end.installation import Installation

PAGE = 200
RECORDS_MAX = 1000
HOSPITAL = "demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """``told`` counts, by (payment, purpose), what reached chats; ``sms`` by our number of one telling. ``news_owed``: of these
    payments the channel has still to tell us.
    """

    payments: Sequence[Payment]
    unclaimed: Sequence[UnclaimedMoney]
    alerts: Sequence[Alert]
    trades: Mapping[str, Mapping[str, Any]]
    refunds: Mapping[str, Sequence[Mapping[str, Any]]]
    his: Mapping[str, Mapping[str, Any]]
    his_refunded_fen: Mapping[str, int]
    bills: Mapping[str, Mapping[str, Any]]
    told: Mapping[tuple[str, str], int]
    sms: Mapping[str, int]
    followers: frozenset[str]
    news_owed: frozenset[str]

    def in_fen(self, number: str) -> int:
        trade = self.trades.get(number)
        return trade["amount_fen"] if trade is not None and trade["transaction_id"] else 0

    def back_fen(self, number: str) -> int:
        return sum(refund["amount_fen"] for refund in self.refunds.get(number, ()) if refund["status"] == "SUCCESS")

    def his_fen(self, number: str) -> int:
        trade = self.his.get(number)
        return 0 if trade is None else trade["amount_fen"] - self.his_refunded_fen.get(number, 0)


def read_books(world: Installation) -> Books:
    """Ours before the outside's: what that did meanwhile can only make it richer. What it owes us is asked before both."""
    news_owed = frozenset(t["out_trade_no"] for t in world.money()["wechatpay"]["trades"] if t["notice_owed"])
    payments, unclaimed, alerts = asyncio.run(_ours(world))
    money = world.money()
    refunds: defaultdict[str, list[Any]] = defaultdict(list)
    for refund in money["wechatpay"]["refunds"]:
        refunds[refund["out_trade_no"]].append(refund)
    released: defaultdict[str, int] = defaultdict(int)
    for refund in money["his"]["refunds"]:
        released[refund["out_trade_no"]] += refund["amount_fen"]
    told, sms = _inboxes(world)
    return Books(
        payments=payments,
        unclaimed=unclaimed,
        alerts=alerts,
        trades={trade["out_trade_no"]: trade for trade in money["wechatpay"]["trades"]},
        refunds=refunds,
        his={trade["out_trade_no"]: trade for trade in money["his"]["trades"]},
        his_refunded_fen=released,
        bills={bill["bill_no"]: bill for bill in money["his"]["bills"]},
        told=told,
        sms=sms,
        followers=frozenset(p["openid"] for p in world.ask("/sandbox/credentials")["people"] if p["follows"]),
        news_owed=news_owed,
    )


async def _ours(world: Installation) -> tuple[list[Payment], Sequence[UnclaimedMoney], Sequence[Alert]]:
    settings = load_settings(world.environ)
    keys = settings.keyring
    database = connect(world.environ["ZHENFU_DATABASE_URI"], Keyring(keys.active, keys.keys, keys.lookup))
    try:
        payments: list[Payment] = []
        while page := await database.stores.payments.page(payments[-1].id if payments else "", PAGE):
            payments += page
        unclaimed = await database.stores.unclaimed.latest(HOSPITAL, RECORDS_MAX)
        return payments, unclaimed, await database.stores.alerts.latest(HOSPITAL, RECORDS_MAX)
    finally:
        database.close()


def _inboxes(world: Installation) -> tuple[dict[tuple[str, str], int], dict[str, int]]:
    templates = world.ask("/sandbox/credentials")["wechat"]["templates"]
    purposes = {template["template_id"]: purpose for purpose, template in templates.items()}
    told: defaultdict[tuple[str, str], int] = defaultdict(int)
    sms: defaultdict[str, int] = defaultdict(int)
    for number in PEOPLE:
        inbox = world.ask(f"/sandbox/inbox?person={number}")
        for message in inbox["chat"]:
            if message["kind"] == "card":
                payment_id = message["url"].partition("?")[0].rpartition("/")[2]
                told[(payment_id, purposes[message["template_id"]])] += 1
        for message in inbox["sms"]:
            sms[message["out_id"]] += 1
    return told, sms
