"""Codes and links (section 5). The code is an ordinary QR, standing for WeChat's round one; a link leads to the same page."""

from __future__ import annotations

import io
import re

from sandbox.wechat.errors import Errcode
from sandbox.wechat.miniprogram.published import published_pages
from sandbox.world.scene import Scene
from sandbox.world.wire import Record, Response

LINK = "miniprogram.link"
_SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")
_PAGE = re.compile(r"pages/[0-9A-Za-z_/]{1,100}")
WIDTHS = range(280, 1281)
QUERY_CHARS_MAX = 1024
DAYS_MAX = 30
VERSIONS = {"release", "trial", "develop"}


class Links:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def code(self, asked: Record) -> Response:
        """getwxacodeunlimit: a picture. Raises Errcode."""
        scene, page = asked.get("scene"), asked.get("page", "")
        if not isinstance(scene, str):
            raise Errcode(40169)
        if not _SCENE.fullmatch(scene):
            raise Errcode(40129)
        if page and not self._is_page(page, check=asked.get("check_path", True) is not False):
            raise Errcode(41030)
        if asked.get("width", 430) not in WIDTHS or asked.get("env_version", "release") not in VERSIONS:
            raise Errcode(40097)
        import qrcode  # with Pillow; most runs of the sandbox draw nothing

        picture = io.BytesIO()
        qrcode.make(f"weixin://mini/{self._scene.keys['mini_appid']}/{page}?scene={scene}").save(picture, format="PNG")
        return Response(status=200, headers={"Content-Type": "image/png"}, body=picture.getvalue())

    def _is_page(self, page: object, *, check: bool) -> bool:
        """A path; with ``check``, one of the published version."""
        return isinstance(page, str) and _PAGE.fullmatch(page) is not None and (not check or page in published_pages())

    def url_link(self, asked: Record) -> Record:
        """generate_urllink. Raises Errcode."""
        place = self._place(asked)
        if asked.get("expire_type", 0) == 1 and not 1 <= int(asked.get("expire_interval", 0)) <= DAYS_MAX:
            raise Errcode(85401)
        link = f"https://wxaurl.cn/{self._scene.dice.text(11)}"
        self._scene.records.put(LINK, link, place)
        return {"errcode": 0, "errmsg": "ok", "url_link": link}

    def scheme(self, asked: Record) -> Record:
        """generatescheme. Raises Errcode."""
        jump = asked.get("jump_wxa", {})
        if not isinstance(jump, dict):
            raise Errcode(47001)
        link = f"weixin://dl/business/?t={self._scene.dice.text(11)}"
        self._scene.records.put(LINK, link, self._place(jump))
        return {"errcode": 0, "errmsg": "ok", "openlink": link}

    def opened(self, link: str) -> Record | None:
        """Where a link leads: ``{path, query}``."""
        return self._scene.records.get(LINK, link)

    def _place(self, asked: Record) -> Record:
        path, query = str(asked.get("path") or ""), str(asked.get("query") or "")
        if path and not _PAGE.fullmatch(path.lstrip("/")):
            raise Errcode(40165)
        if len(query) > QUERY_CHARS_MAX:
            raise Errcode(40212)
        if asked.get("env_version", "release") not in VERSIONS:
            raise Errcode(85402)
        return {"path": path.lstrip("/"), "query": query}
