"""Both sides' books: ours read from the database with the installation's keyring, the outside's from ``/sandbox/money``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.alerts.model import Alert
from server.core.errors import StoreUnavailable
from server.infrastructure.sealing import Keyring
from server.payments.model import Payment
from server.payments.unclaimed_model import UnclaimedMoney
from server.storage.mongo import connect
from settings import load_settings
from tests.chaos.desk import PEOPLE
from tests.chaos.outside import CHANNELS, read_refunds, read_told, read_trades
from tests.end_to_end.installation import Installation
from tests.support.every_payment import every_payment

RECORDS_MAX = 1000
HOSPITAL = "demo"
ANSWERS_WITHIN_S, AGAIN_AFTER_S = 120.0, 1.0
Ours = tuple[Sequence[Payment], Sequence[UnclaimedMoney], Sequence[Alert]]
IN_CONSOLE = "MERCHANT"
"""The sandbox's numbers of refunds in a merchant's console begin so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """``told`` counts, by (payment, purpose), what reached chats; ``sms`` by our number of one telling; of a refund the purpose ends in its
    number (``refund_accepted.R01``). ``news_owed``: of these payments the channel has still to tell us.
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
    quiet: frozenset[str] = frozenset()
    looked_at: frozenset[str] = frozenset()

    def in_fen(self, number: str) -> int:
        trade = self.trades.get(number)
        return trade["amount_fen"] if trade is not None and trade["transaction_id"] else 0

    def back_fen(self, number: str) -> int:
        return sum(refund["amount_fen"] for refund in self.refunds.get(number, ()) if refund["status"] == "SUCCESS")

    def quiet_fen(self, number: str) -> int:
        return self._fen(number, lambda refund_no: refund_no in self.quiet)

    def console_fen(self, number: str) -> int:
        return self._fen(number, lambda refund_no: refund_no.startswith(IN_CONSOLE))

    def _fen(self, number: str, counts: Callable[[str], bool]) -> int:
        return sum(
            refund["amount_fen"]
            for refund in self.refunds.get(number, ())
            if refund["status"] == "SUCCESS" and counts(refund["out_refund_no"])
        )

    def his_fen(self, number: str) -> int:
        trade = self.his.get(number)
        return 0 if trade is None else trade["amount_fen"] - self.his_refunded_fen.get(number, 0)


def read_books(world: Installation, quiet: Iterable[str] = (), looked_at: Iterable[str] = ()) -> Books:
    """Ours before the outside's: what that did meanwhile can only make it richer. What it owes us is asked before both."""
    news_owed = frozenset(t["out_trade_no"] for t in world.money()["wechatpay"]["trades"] if t["notice_owed"])
    payments, unclaimed, alerts = _answered(lambda: asyncio.run(read_ours(world)))
    money, credentials = world.money(), world.ask("/sandbox/credentials")
    told, sms = read_told(world, credentials, PEOPLE)
    return Books(
        payments=payments,
        unclaimed=unclaimed,
        alerts=alerts,
        trades=read_trades(money),
        refunds=read_refunds(money),
        his={trade["out_trade_no"]: trade for trade in money["his"]["trades"]},
        his_refunded_fen={trade["out_trade_no"]: trade["released_fen"] for trade in money["his"]["trades"]},
        bills={bill["bill_no"]: bill for bill in money["his"]["bills"]},
        told=told,
        sms=sms,
        followers=frozenset(
            person[channel.subject]
            for channel in CHANNELS
            for person in credentials["people"]
            if person[channel.follows]
        ),
        news_owed=news_owed,
        quiet=frozenset(quiet),
        looked_at=frozenset(looked_at),
    )


def _answered(read: Callable[[], Ours]) -> Ours:
    """Asked again while the database does not answer in time: on a machine under load that is no fault of what is tried. Raises
    StoreUnavailable when there has been no answer within ANSWERS_WITHIN_S.
    """
    end = time.monotonic() + ANSWERS_WITHIN_S
    while True:
        try:
            return read()
        except StoreUnavailable:
            if time.monotonic() >= end:
                raise
            time.sleep(AGAIN_AFTER_S)


async def read_ours(world: Installation) -> Ours:
    settings = load_settings(world.environ)
    keys = settings.keyring
    database = connect(world.environ["ZHENFU_DATABASE_URI"], Keyring(keys.active, keys.keys, keys.lookup))
    try:
        payments = await every_payment(database.stores.payments)
        unclaimed = await database.stores.unclaimed.latest(HOSPITAL, RECORDS_MAX)
        return payments, unclaimed, await database.stores.alerts.latest(HOSPITAL, RECORDS_MAX)
    finally:
        database.close()
