"""What the phone loads to run the mini-program."""

from __future__ import annotations

from pathlib import Path

from tornado.routing import PathMatches, Rule

from sandbox.phones.of_phone import OfThisPhone, PageParts
from sandbox.phones.pages import AssetHandler
from sandbox.phones.wechat.miniprogram.package import files_of

_HERE = Path(__file__).resolve().parent


class _OfThisPhone(OfThisPhone):
    def initialize(self, kind: str, page: PageParts) -> None:
        super().initialize_phone(kind, page)

    def get_template_path(self) -> str:
        return str(_HERE)


class RunningHandler(_OfThisPhone):
    """``GET /phone/wechat/miniprogram/``: the page that runs it; the phone's own page has it in a frame."""

    def get(self) -> None:
        self.render("page.html", number=self.number())


class PackageHandler(_OfThisPhone):
    """``GET /phone/wechat/miniprogram/package`` → ``{files: {path: text}}``, read anew each time."""

    def get(self) -> None:
        self.number()
        self.write({"files": files_of()})


def rules(kind: str, page: PageParts) -> list[Rule]:
    given = {"kind": kind, "page": page}
    return [
        Rule(PathMatches(r"/phone/wechat/miniprogram/"), RunningHandler, given),
        Rule(PathMatches(r"/phone/wechat/miniprogram/package"), PackageHandler, given),
        Rule(PathMatches(r"/phone/assets/miniprogram/([a-z0-9.-]+)"), AssetHandler, {"path": str(_HERE / "static")}),
    ]
