"""What ``sandbox/main.py`` mounts, in front of the platforms' own routes."""

from __future__ import annotations

from tornado.routing import PathMatches, Rule

from sandbox.phones.hosts import OnPhone
from sandbox.phones.pages import STATIC, AssetHandler, BridgeHandler, DeskHandler, PhonePageHandler
from sandbox.phones.places import Places
from sandbox.phones.proxy import ProxyHandler
from sandbox.phones.wechat import WECHAT

KINDS = {WECHAT.name: WECHAT}
# On a phone's host these are not the app's: the platforms' pages, the sandbox's controls and the phone itself.
NOT_THE_APPS = ("/connect/", "/sandbox/", "/phone/", "/open/js/")


def phone_routes(places: Places) -> list[Rule]:
    page = {"kinds": KINDS, "places": places}
    assets = [
        Rule(PathMatches(rf"/phone/assets/{name}/([a-z0-9.-]+)"), AssetHandler, {"path": str(folder)})
        for name, folder in [("shared", STATIC), *((kind.name, kind.static) for kind in KINDS.values())]
    ]
    return [
        Rule(PathMatches(r"/sandbox/"), DeskHandler, page),
        *assets,
        Rule(PathMatches(r"/phone/bridge\.js"), BridgeHandler, page),
        Rule(PathMatches(r"/phone/"), PhonePageHandler, page),
        Rule(OnPhone(KINDS, apart_from=NOT_THE_APPS), ProxyHandler, {"places": places, "kinds": KINDS}),
    ]
