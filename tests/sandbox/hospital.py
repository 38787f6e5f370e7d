"""The app's end of docs/his-interface.md, written from the page: signs questions, verifies answers."""

from __future__ import annotations

import hashlib
import hmac
import json
from itertools import count
from typing import Any

from sandbox.world.wire import Request, Response
from tests.sandbox.world import Record, World

_nonces = count(1)


class His:
    def __init__(self, world: World) -> None:
        given = world.credentials["his"]
        self.world = world
        self.key_id: str = given["key_id"]
        self.secret: str = given["secret"]

    def request(
        self, function: str, asked: object, *, seconds_off: int = 0, nonce: str = "", **headers: str
    ) -> Request:
        body = asked if isinstance(asked, bytes) else json.dumps(asked, ensure_ascii=False).encode()
        path, timestamp = f"/hospital/v1/{function}", str(int(self.world.time().timestamp()) + seconds_off)
        nonce = nonce or f"nonce{next(_nonces):020d}"
        told = {
            "content-type": "application/json; charset=utf-8",
            "zhenfu-key-id": self.key_id,
            "zhenfu-timestamp": timestamp,
            "zhenfu-nonce": nonce,
            "zhenfu-signature": self.signed("REQUEST", path, timestamp, nonce, body),
            **{f"zhenfu-{name}".replace("_", "-"): value for name, value in headers.items()},
        }
        return Request(method="POST", target=path, headers=told, body=body)

    def signed(self, kind: str, path: str, timestamp: str, nonce: str, body: bytes) -> str:
        text = "".join(f"{line}\n" for line in (kind, path, timestamp, nonce, hashlib.sha256(body).hexdigest()))
        return hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest()

    def is_genuine(self, request: Request, response: Response) -> bool:
        timestamp = response.headers["Zhenfu-Timestamp"]
        nonce = request.headers["zhenfu-nonce"]
        right = self.signed("ANSWER", request.target, timestamp, nonce, response.body)
        return hmac.compare_digest(right, response.headers["Zhenfu-Signature"])

    def ask(self, function: str, **asked: Any) -> tuple[str, Record]:
        """(code, data) of an answer whose signature holds."""
        request = self.request(function, asked)
        response = self.world.ask(request)
        assert response.status == 200, response.body.decode()
        assert self.is_genuine(request, response)
        told = json.loads(response.body)
        assert set(told) == {"code", "message", "data"}
        return told["code"], told["data"]

    def bills(self, number: int = 1) -> list[Record]:
        """Of person ``number``, whether there is something to pay for oneself or not."""
        code, data = self.ask("bills.unpaid", card_no=self.card(number))
        assert code == "OK"
        bills: list[Record] = data["bills"]
        return bills

    def card(self, number: int = 1) -> str:
        card: str = self.world.credentials["people"][number - 1]["cards"][0]
        return card

    def confirmation(self, bills: list[Record], number: str, **changed: Any) -> Record:
        return {
            "out_trade_no": number, "card_no": bills[0]["card_no"], "bill_nos": [bill["bill_no"] for bill in bills],
            "amount_fen": sum(bill["own_fen"] for bill in bills), "channel": "wechat", "transaction_id": f"42{number}",
            "paid_at": "2026-03-02T09:00:00+08:00", "entrance": "official_account", "terminal": "", "operator": "",
        } | changed  # fmt: skip

    def booked(self, number: str, person: int = 1) -> list[Record]:
        """A confirmed payment for the person's first bill; the bill."""
        bills = self.bills(person)[:1]
        code, _ = self.ask("bill.confirm", **self.confirmation(bills, number))
        assert code == "OK"
        return bills
