"""Starts the sandbox on 127.0.0.1, and stops it cleanly."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from tornado.httpserver import HTTPServer
from tornado.routing import PathMatches, Rule
from tornado.web import Application

from sandbox.alipay.oauth import PAGE as ALIPAY_AUTHORIZE
from sandbox.alipay.wap import PAGE as ALIPAY_CASHIER
from sandbox.controls import alipay, bank, clinics, merchant, miniprogram, other_systems, wechat
from sandbox.controls import handlers as controls
from sandbox.controls.counter import (
    BalanceHandler,
    CounterHandler,
    LaboratoryHandler,
    WardHandler,
    WindowRefundHandler,
    WristbandHandler,
)
from sandbox.controls.courier import Courier
from sandbox.controls.paper import PaperBills
from sandbox.controls.stream import EventsHandler
from sandbox.elsewhere import ElsewhereHandler, FromElsewhere
from sandbox.outside import Outside, open_outside
from sandbox.phone_world import PhoneWorld
from sandbox.phones.places import Places
from sandbox.phones.routes import KINDS, phone_routes
from sandbox.phones.staying import stay_on_phone
from sandbox.shell import PersonsPageHandler, PlatformHandler
from sandbox.wechatpay.mweb import PAGE as MWEB
from sandbox.world.people import Person
from sandbox.world.wire import Request, Response

HOST = "127.0.0.1"
BODY_BYTES_MAX = 10 * 1024 * 1024
CONTROLS = {
    r"/sandbox/credentials": controls.CredentialsHandler,
    r"/sandbox/inbox": controls.InboxHandler,
    r"/sandbox/bills": controls.BillsHandler,
    r"/sandbox/money": controls.MoneyHandler,
    r"/sandbox/faults": controls.FaultsHandler,
    r"/sandbox/clock": controls.ClockHandler,
    r"/sandbox/reset": controls.ResetHandler,
    r"/sandbox/his/(pay_at_window|issue|change|dispense)": CounterHandler,
    r"/sandbox/his/refund_at_window": WindowRefundHandler,
    r"/sandbox/his/audit_report": LaboratoryHandler,
    r"/sandbox/his/wristband": WristbandHandler,
    r"/sandbox/his/(discharge|settlement_taken_back)": WardHandler,
    r"/sandbox/his/(refund_to_card|balance_paid_out)": BalanceHandler,
    r"/sandbox/events": EventsHandler,
    **wechat.ROUTES,
    **alipay.ROUTES,
    **miniprogram.ROUTES,
    **merchant.ROUTES,
    **other_systems.ROUTES,
    **bank.ROUTES,
    **clinics.ROUTES,
}


def make_application(outside: Outside, courier: Courier, places: Places) -> Application:
    """Controls, phones, platforms, in this order: a phone's host proxies what is neither of the sandbox nor of a platform."""
    shared = {"outside": outside, "courier": courier}
    control = {**shared, "paper": PaperBills(outside, courier)}
    rules = [
        Rule(FromElsewhere(places.app, places.app_public), ElsewhereHandler),
        *(Rule(PathMatches(pattern), handler, control) for pattern, handler in CONTROLS.items()),
        *_pages(outside, places),
        *phone_routes(PhoneWorld(outside), places),
        Rule(PathMatches(r"(?:https?://[^/]+)?/.*"), PlatformHandler, shared),
    ]
    return Application(rules, transforms=[stay_on_phone(places, KINDS)], log_function=lambda handler: None)


def _pages(outside: Outside, places: Places) -> list[Rule]:
    """The platforms' pages for a person: path, whose phone knows its person there, and what answers."""
    pages: list[tuple[str, str, Callable[[Request, Person | None], Response]]] = [
        (
            "/connect/oauth2/authorize",
            "wechat",
            lambda r, person: outside.authorize(r, person.openid if person else None),
        ),
        (ALIPAY_AUTHORIZE, "alipay", outside.alipay.authorize),
        (ALIPAY_CASHIER, "alipay", outside.alipay.cashier),
        (MWEB, "wechat", outside.wechatpay.h5_page.page),
    ]
    return [
        Rule(
            PathMatches(re.escape(path)),
            PersonsPageHandler,
            {"outside": outside, "places": places, "kind": kind, "page": page},
        )
        for path, kind, page in pages
    ]


def main() -> None:
    """Reads the environment (README.md); runs until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        asyncio.run(_run())
    except OSError as error:
        port = os.environ.get("ZHENFU_SANDBOX_PORT", "8889")
        sys.exit(f"The sandbox can't listen on port {port} ({error.strerror}); set ZHENFU_SANDBOX_PORT to a free one.")


async def _run() -> None:
    places = Places.from_environment()
    port = int(os.environ.get("ZHENFU_SANDBOX_PORT") or 8889)
    folder = Path(os.environ.get("ZHENFU_DATA_DIR") or "var") / "sandbox"
    scale = float(os.environ.get("ZHENFU_NOTIFY_TIME_SCALE") or 1)
    outside = open_outside(folder, app_url=places.app, app_public_url=places.app_public, notify_time_scale=scale)
    secret = outside.scene.keys["sms_receipt_secret"]
    outside.sms.receipt_url = f"{places.app}/notify/sms/{outside.scene.hospital_id}/{secret}"
    courier = Courier(outside)
    server = HTTPServer(make_application(outside, courier, places), max_body_size=BODY_BYTES_MAX)
    server.listen(port, HOST)
    print(f"sandbox: http://localhost:{port}/sandbox/", flush=True)
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    delivering = asyncio.create_task(courier.run())
    await told.wait()
    server.stop()
    delivering.cancel()
    await asyncio.gather(delivering, return_exceptions=True)
    outside.scene.records.close()
