"""What ``sandbox/main.py`` mounts, in front of the platforms' own routes."""

from __future__ import annotations

from tornado.routing import PathMatches, Rule
from tornado.web import RedirectHandler

from sandbox.phones.hosts import OnPhone
from sandbox.phones.pages import (
    STATIC,
    AssetHandler,
    BridgeHandler,
    DeskHandler,
    PhonePageHandler,
)
from sandbox.phones.places import Places
from sandbox.phones.proxy import ProxyHandler
from sandbox.phones.wechat import WECHAT
from sandbox.phones.wechat.handlers import CashierHandler, PageSignatureHandler
from sandbox.phones.wechat.world import WechatWorld

KINDS = {WECHAT.name: WECHAT}
# On a phone's host these are not the app's: the platforms' pages, the sandbox's controls and the phone itself.
NOT_THE_APPS = ("/connect/", "/sandbox/", "/phone/", "/open/js/")


def phone_routes(world: WechatWorld, places: Places) -> list[Rule]:
    """Mount them first. The application also needs ``transforms=[stay_on_phone(places, KINDS)]``."""
    page = {"kinds": KINDS, "places": places}
    wechat = {"world": world, **page}
    return [
        Rule(PathMatches(r"/sandbox/"), DeskHandler, page),
        *_assets(),
        Rule(PathMatches(r"/phone/bridge\.js"), BridgeHandler, page),
        Rule(PathMatches(r"/phone/wechat/cashier"), CashierHandler, wechat),
        Rule(PathMatches(r"/phone/wechat/page"), PageSignatureHandler, wechat),
        Rule(PathMatches(r"/open/js/(jweixin-1\.6\.0\.js)"), AssetHandler, {"path": str(WECHAT.static)}),
        Rule(OnPhone(KINDS, only="/"), RedirectHandler, {"url": "/phone/", "permanent": False}),
        Rule(PathMatches(r"/phone/"), PhonePageHandler, page),
        Rule(OnPhone(KINDS, apart_from=NOT_THE_APPS), ProxyHandler, page),
    ]


def _assets() -> list[Rule]:
    folders = {"shared": STATIC, **{kind.name: kind.static for kind in KINDS.values()}}
    return [
        Rule(PathMatches(rf"/phone/assets/{name}/([a-z0-9.-]+)"), AssetHandler, {"path": str(folder)})
        for name, folder in folders.items()
    ]
