"""Codes and links (section 5). The code is an ordinary QR, standing for WeChat's round one; a link leads to the same page."""

from __future__ import annotations

import io

from sandbox.wechat.asked import read
from sandbox.wechat.errors import Errcode
from sandbox.wechat.miniprogram.asked import Picture, Place, Scheme, UrlLink
from sandbox.wechat.miniprogram.published import published_pages
from sandbox.world.scene import Scene
from sandbox.world.wire import Record, Response

LINK = "miniprogram.link"


class Links:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def code(self, asked: object) -> Response:
        """getwxacodeunlimit: a picture. Raises Errcode."""
        told = read(asked, Picture)
        if told.page and told.check_path is not False and told.page not in published_pages():
            raise Errcode(41030)
        import qrcode  # with Pillow; most runs of the sandbox draw nothing

        picture = io.BytesIO()
        qrcode.make(f"weixin://mini/{self._scene.keys['mini_appid']}/{told.page}?scene={told.scene}").save(
            picture, format="PNG"
        )
        return Response(status=200, headers={"Content-Type": "image/png"}, body=picture.getvalue())

    def url_link(self, asked: object) -> Record:
        """generate_urllink. Raises Errcode."""
        place = read(asked, UrlLink)
        link = f"https://wxaurl.cn/{self._scene.dice.text(11)}"
        self._keep(link, place)
        return {"errcode": 0, "errmsg": "ok", "url_link": link}

    def scheme(self, asked: object) -> Record:
        """generatescheme. Raises Errcode."""
        place = read(asked, Scheme).jump_wxa
        link = f"weixin://dl/business/?t={self._scene.dice.text(11)}"
        self._keep(link, place)
        return {"errcode": 0, "errmsg": "ok", "openlink": link}

    def opened(self, link: str) -> Record | None:
        """Where a link leads: ``{path, query}``."""
        return self._scene.records.get(LINK, link)

    def _keep(self, link: str, place: Place) -> None:
        self._scene.records.put(LINK, link, {"path": place.path.lstrip("/"), "query": place.query})
