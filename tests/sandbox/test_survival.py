"""What is acknowledged survives a kill; keys are the machine's own; nobody else's machine is spoken to (sandbox/README.md)."""

from __future__ import annotations

import json
import socket
import stat
from pathlib import Path
from typing import Any

import requests

from tests.sandbox.merchant import Merchant
from tests.sandbox.process import PlayedApp, RunningSandbox, running_sandbox
from tests.sandbox.standing import Standing
from tests.sandbox.world import new_world


class Remote(Merchant):
    """The merchant of a running sandbox, by real time."""

    def __init__(self, sandbox: RunningSandbox, app: PlayedApp) -> None:
        self.sandbox, self.app = sandbox, app
        super().__init__(Standing(sandbox))  # type: ignore[arg-type]

    def post(self, target: str, body: object) -> Any:
        request = self.request("POST", target, body)
        answer = requests.post(self.sandbox.url + target, data=request.body, headers=dict(request.headers), timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def pay(self, number: str) -> Any:
        body = self.order_body(number, notify_url=f"{self.app.url}/notify/payment")
        prepay_id = self.post("/v3/pay/transactions/jsapi", body)["prepay_id"]
        return self.sandbox.control("POST", "/sandbox/wechat/pay", {"prepay_id": prepay_id, "result": "ok"})


def trades(sandbox: RunningSandbox) -> dict[str, str]:
    told = sandbox.control("GET", "/sandbox/money")["wechatpay"]["trades"]
    return {trade["out_trade_no"]: trade["trade_state"] for trade in told}


def test_a_payment_and_what_is_owed_for_it_survive_a_kill(folder: Path) -> None:
    with PlayedApp() as app:
        app.answer = lambda arrived: (503, b"")
        with running_sandbox(folder, app.url) as first:
            first.faults(
                {"where": "sms.send", "what": "undelivered"},
                notify_time_scale=0.02,
                seed=7,
                settings={"refund_seconds": 9},
            )
            paid = Remote(first, app).pay("KILLED000001")
            app.wait_for(1, "/notify/payment")
            first.kill()
        app.answer = lambda arrived: (200, b"")
        app.arrived.clear()
        with running_sandbox(folder, app.url) as second:
            (notice,) = app.wait_for(1, "/notify/payment")
            _, plain = Remote(second, app).opened(notice)  # type: ignore[arg-type]
            assert (plain["out_trade_no"], plain["transaction_id"]) == ("KILLED000001", paid["transaction_id"])
            assert trades(second) == {"KILLED000001": "SUCCESS"}
            assert second.credentials == first.credentials | {"his": second.credentials["his"]}
            faults = second.control("GET", "/sandbox/faults")
            assert (faults["seed"], faults["notify_time_scale"], len(faults["rules"])) == (7, 0.02, 1)
            assert faults["settings"]["refund_seconds"] == 9


def test_kills_lose_nothing_acknowledged(folder: Path) -> None:
    """Killed at the very moment of an answer, over and over: every acknowledged payment is there, and the file is whole."""
    acknowledged = []
    with PlayedApp() as app:
        for turn in range(5):
            with running_sandbox(folder, app.url) as sandbox:
                assert {number: trades(sandbox)[number] for number in acknowledged} == dict.fromkeys(
                    acknowledged, "SUCCESS"
                )
                merchant = Remote(sandbox, app)
                for each in range(4):
                    merchant.pay(f"KILL{turn}{each}000000")
                    acknowledged.append(f"KILL{turn}{each}000000")
                sandbox.kill()


def test_reset_keeps_the_keys_and_nothing_else(folder: Path) -> None:
    with PlayedApp() as app, running_sandbox(folder, app.url) as sandbox:
        Remote(sandbox, app).pay("RESET0000001")
        sandbox.control(
            "POST",
            "/sandbox/wechat/say",
            {"openid": sandbox.credentials["people"][1]["openid"], "event": "subscribe", "wait_s": 0},
        )
        sandbox.control("POST", "/sandbox/clock", {"day": "2026-10-07"})
        sandbox.faults({"where": "his.*", "what": "down"})
        bills = sandbox.control("GET", "/sandbox/money")["his"]["bills"]
        sandbox.control(
            "POST",
            "/sandbox/his/pay_at_window",
            {"bill_no": next(b["bill_no"] for b in bills if b["status"] == "unpaid")},
        )
        sandbox.control("POST", "/sandbox/reset")
        money = sandbox.control("GET", "/sandbox/money")
        assert money["wechatpay"] == {"trades": [], "refunds": [], "statement": []}
        assert (money["his"]["trades"], money["his"]["refunds"]) == ([], [])
        assert {bill["status"] for bill in money["his"]["bills"]} == {"unpaid"}
        assert sandbox.control("GET", "/sandbox/faults")["rules"] == []
        assert sandbox.control("GET", "/sandbox/credentials") == sandbox.credentials
        assert sandbox.control("GET", "/sandbox/inbox?person=2")["chat"] == []


def test_keys_are_made_once_for_this_machine_and_read_by_their_owner_only(folder: Path) -> None:
    with PlayedApp() as app, running_sandbox(folder, app.url) as sandbox:
        file = folder / "sandbox" / "keys.json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        kept = json.loads(file.read_text("utf-8"))
        assert sandbox.credentials["wechatpay"]["apiv3_key"] in kept.values()
    with PlayedApp() as app, running_sandbox(folder.parent / "other", app.url) as other:
        for platform, name in (
            ("wechatpay", "apiv3_key"),
            ("wechat", "secret"),
            ("his", "secret"),
            ("sms", "access_key_secret"),
        ):
            assert other.credentials[platform][name] != sandbox.credentials[platform][name]
        assert other.credentials["people"] == sandbox.credentials["people"]


def test_it_listens_on_loopback_only(sandbox: RunningSandbox) -> None:
    """Any other address of this machine refuses, the other loopback addresses included."""
    others = {"127.0.0.2", "::1", *(info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None))}
    for address in others - {"127.0.0.1"}:
        family = socket.AF_INET6 if ":" in str(address) else socket.AF_INET
        with socket.socket(family) as probe:
            probe.settimeout(2)
            assert probe.connect_ex((str(address), sandbox.port)) != 0, address


def test_simulated_time_is_the_only_time(keys: dict[str, Any]) -> None:
    """Two worlds of one seed and one clock are equal, to the last number."""
    told = []
    for _ in range(2):
        world = new_world(keys, seed=5)
        merchant = Merchant(world)
        number = "SEED00000001"
        prepay_id = json.loads(merchant.order(number).body)["prepay_id"]
        world.outside.wechatpay.pay(prepay_id, "ok")
        (notice,) = world.bring()
        told.append((prepay_id, notice.body, dict(notice.headers), merchant.query(number).body))
    assert told[0] == told[1]
