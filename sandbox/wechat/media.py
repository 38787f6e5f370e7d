"""Temporary media: uploaded by the app, good for three days (wechat_official.md, 13)."""

from __future__ import annotations

from datetime import timedelta
from email.parser import BytesParser
from email.policy import HTTP

from sandbox.wechat.errors import Errcode
from sandbox.world.scene import Scene
from sandbox.world.wire import Record, Request

MEDIA = "wechat.media"
LIFE = timedelta(days=3)
KINDS = ("image", "voice", "video", "thumb")


class Media:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def upload(self, request: Request) -> Record:
        """media/upload: one file named ``media``. Raises Errcode 40004, 41005, 44001."""
        kind = request.query.get("type", "")
        if kind not in KINDS:
            raise Errcode(40004)
        if not _file(request):
            raise Errcode(44001)
        now = self._scene.clock.now()
        media_id = self._scene.dice.text(64)
        self._scene.records.put(MEDIA, media_id, {"kind": kind, "until": (now + LIFE).isoformat()})
        name = "thumb_media_id" if kind == "thumb" else "media_id"
        return {"type": kind, name: media_id, "created_at": int(now.timestamp())}


def _file(request: Request) -> bytes:
    """The content of the part ``media``. Raises Errcode when there is none."""
    head = f"Content-Type: {request.headers.get('content-type', '')}\r\n\r\n".encode("latin-1", "replace")
    message = BytesParser(policy=HTTP).parsebytes(head + request.body)
    for part in message.iter_parts() if message.is_multipart() else ():
        named = part.get_param("name", header="content-disposition")
        if named == "media" and part.get_filename():
            content = part.get_payload(decode=True)
            return content if isinstance(content, bytes) else b""
    raise Errcode(41005)
