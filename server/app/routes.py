"""The route table: every door of Zhenfu (DESIGN section 7), and the server's limits."""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from prometheus_client import CollectorRegistry, Gauge
from tornado.httpserver import HTTPServer
from tornado.routing import URLSpec
from tornado.web import Application, RequestHandler

from handlers import api, console, operations
from handlers.base import appearance, cookies
from handlers.base.admission import AT_ONCE_OF_A_MINUTE, Admission
from handlers.base.assets import AssetHandler, Assets
from handlers.base.early_requests import EarlyRequestGuard, SocketLimits
from handlers.base.limits import RateLimits
from handlers.base.metrics import Metrics
from handlers.base.page import NothingHere
from handlers.base.rendering import Pages
from handlers.his import handlers as his
from handlers.patient import bills, cards, home, login, offered, payments, privacy, scan
from handlers.patient.login_lane import RefusedCodes
from handlers.platforms import callbacks as chat
from handlers.platforms import notifications
from handlers.staff import pages as staff
from server.app.services import Services
from server.infrastructure.qr_png import QrPrinter

log = logging.getLogger("zhenfu.access")

ROOT = Path(__file__).resolve().parents[2]
BODY_BYTES_MAX = 512 * 1024  # each door allows less
HEADER_BYTES_MAX = 16 * 1024
HEADER_S_MAX = 10
IDLE_S_MAX = 75  # longer than a proxy keeps its connections to us, or it would send into one that is just closing
BODY_S_MAX = 10

_HOSPITAL = r"(?P<hospital>[a-z0-9-]{1,40})"
_H = rf"/h/{_HOSPITAL}"
_PAYMENT = rf"{_H}/payments/(?P<payment_id>[0-9A-Za-z]{{1,32}})"
_TICKET = r"(?P<ticket>[0-9A-Z]{1,40})"

_OFTEN = frozenset({"static", "payment_state", "console_login_state", "healthz", "readyz", "metrics"})
"""Doors whose every call in the log would hide the others."""

Ready = Callable[[], Awaitable[None]]


class WebSettings(Protocol):
    """The settings that the doors need; `settings.Settings` has them."""

    @property
    def public_url(self) -> str: ...

    @property
    def qr_valid_days(self) -> int: ...

    @property
    def pages_at_once(self) -> int: ...

    @property
    def requests_per_person(self) -> int: ...


class MeasuredClock(Protocol):
    """`server.infrastructure.shared_clock.SharedClock`, as far as the gauges look."""

    @property
    def offset_s(self) -> float | None: ...

    @property
    def is_off(self) -> bool: ...


def _door(name: str, pattern: str, handler: type[RequestHandler], **more: object) -> URLSpec:
    """``name`` is what logs and metrics call this door."""
    return URLSpec(pattern, handler, {"door": name, **more}, name)


def _cards() -> list[URLSpec]:
    """Medical cards of the person."""
    return [
        _door("cards", rf"{_H}/cards", cards.CardsHandler),
        _door("card_new", rf"{_H}/cards/new", cards.CardBindingHandler),
        _door("card_code", rf"{_H}/cards/code", cards.CardCodeHandler),
        _door("card_bind", rf"{_H}/cards/bind", cards.CardBindHandler),
        _door("card_cut", rf"{_H}/cards/cut", cards.CardCutHandler),
        _door("card_bindings", rf"{_H}/cards/(?P<card_key>[0-9a-f]{{1,64}})", cards.CardBindingsHandler),
        _door("card_relation", rf"{_H}/cards/relation", cards.CardRelationHandler),
        _door("card_unbind", rf"{_H}/cards/unbind", cards.CardUnbindHandler),
    ]


def _staff() -> list[URLSpec]:
    """Pages to which the chat leads staff."""
    return [
        _door("staff_setup", rf"{_H}/staff/setup", staff.SetupHandler),
        _door("staff_confirm", rf"{_H}/staff/confirm/{_TICKET}", staff.ConfirmHandler),
        _door("staff_items", rf"{_H}/staff/items/{_TICKET}", staff.ItemsHandler),
    ]


def _payments() -> list[URLSpec]:
    """Paying, and following a payment."""
    return [
        _door("payments", rf"{_H}/payments", payments.PaymentsHandler),
        _door("payment", _PAYMENT, payments.PaymentHandler),
        _door("payment_state", rf"{_PAYMENT}/state", payments.PaymentStateHandler),
        _door("payment_code", rf"{_PAYMENT}/code", payments.PaymentCodeHandler),
        _door("payment_cashier", rf"{_PAYMENT}/cashier", payments.CashierHandler),
        _door("open_elsewhere", rf"{_H}/open", payments.OpenElsewhereHandler),
        _door("payment_resume", rf"{_PAYMENT}/resume", payments.ResumeHandler),
    ]


def _notifications() -> list[URLSpec]:
    """What platforms tell us."""
    return [
        _door(
            "notify_wechatpay",
            rf"/notify/wechatpay/{_HOSPITAL}/(?:payment|refund)",
            notifications.NotificationHandler,
            channel="wechat",
        ),
        _door("notify_alipay", rf"/notify/alipay/{_HOSPITAL}", notifications.NotificationHandler, channel="alipay"),
        _door("notify_sms", rf"/notify/sms/{_HOSPITAL}/(?P<secret>[^/]{{1,200}})", notifications.SmsReportHandler),
    ]


def routes(settings: WebSettings, ready: Ready) -> list[URLSpec]:
    """In the order in which they are tried: what platforms ask comes first, because it comes most."""
    return [
        *_notifications(),
        _door("scan", r"/s/(?P<sealed>[^/]{1,2000})", scan.ScanHandler),
        _door("wechat_callback", rf"/wechat/{_HOSPITAL}/callback", chat.ChatHandler, channel="wechat"),
        _door("alipay_gateway", rf"/alipay/{_HOSPITAL}/gateway", chat.ChatHandler, channel="alipay"),
        _door("login_start", rf"/oauth/(?P<channel>[a-z]+)/{_HOSPITAL}/start", login.LoginStartHandler),
        _door("login_return", rf"/oauth/(?P<channel>[a-z]+)/{_HOSPITAL}/return", login.LoginReturnHandler),
        _door("privacy", rf"{_H}/privacy", privacy.PrivacyHandler),
        _door("account_close", rf"{_H}/account/close", privacy.AccountCloseHandler),
        _door("logout", rf"{_H}/logout", login.LogoutHandler),
        _door("root", r"/", home.RootHandler),
        _door("home", rf"{_H}/?", home.HomeHandler),
        _door("appearance", rf"{_H}/appearance", appearance.AppearanceHandler),
        _door("bills", rf"{_H}/bills", bills.BillsHandler),
        _door("bill", rf"{_H}/bills/(?P<bill_no>[^/]{{1,200}})", bills.BillHandler),
        _door("checkout", rf"{_H}/checkout", bills.CheckoutHandler),
        *_payments(),
        *_cards(),
        *(_door(name, pattern, handler) for name, pattern, handler in offered.doors(_H)),
        *_staff(),
        _door(
            "his",
            r"/his/v1/(?P<function>[a-z.]{1,40})",
            his.HisHandler,
            qr_valid=timedelta(days=settings.qr_valid_days),
        ),
        *(_door(name, pattern, handler) for name, pattern, handler in console.doors(_H)),
        *(_door(name, pattern, handler) for name, pattern, handler in api.doors()),
        _door("static", r"/static/(?P<version>[0-9a-f]{1,64})/(?P<name>[\w./-]{1,200})", AssetHandler),
        _door("healthz", r"/healthz", operations.AliveHandler),
        _door("readyz", r"/readyz", operations.ReadyHandler, look=operations.SharedLook(ready)),
        _door("metrics", r"/metrics", operations.MetricsHandler),
    ]


def make_application(
    services: Services, settings: WebSettings, *, ready: Ready, registry: CollectorRegistry | None = None
) -> Application:
    """All doors over ``services``. ``ready`` raises when this process can't serve; ``registry`` holds what others count."""
    assets, pages = _assets_and_pages()
    options: dict[str, Any] = {
        "services": services,
        "assets": assets,
        "pages": pages,
        "printer": QrPrinter(),
        "open_printer": QrPrinter(),  # for pages without login: they queue by themselves, not before the HIS
        "public_url": settings.public_url,
        "metrics": Metrics(registry),
        "rate_limits": RateLimits(),
        "refused_codes": RefusedCodes(),
        "requests_per_person": settings.requests_per_person,
        "admission": Admission(
            pages_at_once=settings.pages_at_once, person_at_once=settings.requests_per_person // AT_ONCE_OF_A_MINUTE
        ),
        "log_function": _answered,
        "default_handler_class": NothingHere,
        "default_handler_args": {"door": "nothing_here"},
        **cookies.xsrf_settings(settings.public_url),
    }
    return Application([*routes(settings, ready)], **options)


@cache
def _assets_and_pages() -> tuple[Assets, Pages]:
    """Files that every application of this process shares: read, zipped and compiled once."""
    assets = Assets(ROOT / "static")
    return assets, Pages(ROOT / "templates", assets)


def count_clock(registry: CollectorRegistry, clock: MeasuredClock) -> None:
    """Two gauges of this process's clock for ``/metrics``."""
    offset = Gauge(
        "zhenfu_clock_offset_seconds",
        "By how much this machine's clock is ahead of the database's when last measured.",
        registry=registry,
    )
    offset.set_function(lambda: math.nan if clock.offset_s is None else clock.offset_s)
    off = Gauge("zhenfu_clock_off", "1 while this process refuses to work because of its clock.", registry=registry)
    off.set_function(lambda: float(clock.is_off))


async def measure_loop_lag(application: Application) -> None:
    """Until cancelled: while the loop runs late, pages are turned away."""
    admission: Admission = application.settings["admission"]
    await admission.measure_loop_lag()


def make_server(application: Application, *, xheaders: bool) -> HTTPServer:
    """The HTTP server with its bounds. ``xheaders`` only behind a proxy that sets X-Real-Ip itself."""
    services: Services = application.settings["services"]
    guard = EarlyRequestGuard(application, services.ids, SocketLimits(BODY_BYTES_MAX, HEADER_S_MAX, BODY_S_MAX))
    return HTTPServer(
        guard,
        xheaders=xheaders,
        max_body_size=BODY_BYTES_MAX,
        max_header_size=HEADER_BYTES_MAX,
        idle_connection_timeout=IDLE_S_MAX,
        no_keep_alive=False,
    )


def _answered(handler: RequestHandler) -> None:
    """One line a request: names and numbers only, no address, query or body."""
    door = getattr(handler, "door", "unknown")
    status, seconds = handler.get_status(), handler.request.request_time()
    metrics: Metrics = handler.application.settings["metrics"]
    metrics.answered(door, status, seconds)
    level = logging.DEBUG if door in _OFTEN else logging.INFO
    log.log(level, "door=%s method=%s status=%d ms=%.1f", door, handler.request.method, status, seconds * 1000)
