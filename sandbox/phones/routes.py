"""What ``sandbox/main.py`` mounts, in front of the platforms' own routes."""

from __future__ import annotations

from typing import Protocol

from tornado.routing import PathMatches, Rule
from tornado.web import RedirectHandler

from sandbox.phones.alipay import ALIPAY
from sandbox.phones.alipay.handlers import rules as alipay_rules
from sandbox.phones.alipay.world import AlipayWorld
from sandbox.phones.hosts import OnPhone
from sandbox.phones.of_phone import PageParts
from sandbox.phones.pages import STATIC, AssetHandler, BridgeHandler, DeskHandler, PhonePageHandler
from sandbox.phones.places import Places
from sandbox.phones.proxy import ProxyHandler
from sandbox.phones.wechat import WECHAT
from sandbox.phones.wechat.handlers import rules as wechat_rules
from sandbox.phones.wechat.world import WechatWorld

KINDS = {kind.name: kind for kind in (WECHAT, ALIPAY)}
# On a phone's host these are not the app's: the sandbox's controls, the phone itself, and the platforms' pages.
NOT_THE_APPS = ("/sandbox/", "/phone/", *(path for kind in KINDS.values() for path in kind.platform_paths))


class PhonesWorld(WechatWorld, AlipayWorld, Protocol):
    """What all phones ask of the world."""


def phone_routes(world: PhonesWorld, places: Places) -> list[Rule]:
    """Mount them first. The application also needs ``transforms=[stay_on_phone(places, KINDS)]``."""
    page = {"kinds": KINDS, "places": places}
    parts = PageParts(KINDS, places)
    return [
        Rule(PathMatches(r"/sandbox/"), DeskHandler, page),
        *_assets(),
        Rule(PathMatches(r"/phone/bridge\.js"), BridgeHandler, page),
        *wechat_rules(world, WECHAT.name, parts, str(WECHAT.static)),
        *alipay_rules(world, ALIPAY.name, parts, str(ALIPAY.static)),
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
