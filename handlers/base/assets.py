"""Our own static files: read once, compressed once, kept for ever by browsers because their address changes with their content."""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from handlers.base.handler import BaseHandler
from server.core.errors import NotFound

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}
FOR_EVER = "public, max-age=31536000, immutable"
VERSION_LENGTH = 12
_COMMENT = re.compile(rb"[ ]*/\*(?!!).*?\*/", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Asset:
    content_type: str
    plain: bytes
    zipped: bytes


class Assets:
    """All files below ``folder``. One version names them all, so that modules may import each other by relative address."""

    def __init__(self, folder: Path) -> None:
        self._files = {
            path.relative_to(folder).as_posix(): _read(path)
            for path in sorted(folder.rglob("*"))
            if path.suffix in TYPES
        }
        whole = hashlib.sha256()
        for name, asset in self._files.items():
            whole.update(name.encode() + b"\0" + asset.plain)
        self.version = whole.hexdigest()[:VERSION_LENGTH]

    def url(self, name: str) -> str:
        """Raises KeyError for a file that is not there: a page that names one is a bug."""
        self._files[name]
        return f"/static/{self.version}/{name}"

    def get(self, name: str) -> Asset:
        try:
            return self._files[name]
        except KeyError:
            raise NotFound("asset") from None


def _read(path: Path) -> Asset:
    """Comments of styles are for us, not for phones; a licence (``/*!``) stays."""
    plain = path.read_bytes()
    if path.suffix == ".css":
        plain = _COMMENT.sub(b"", plain)
    return Asset(TYPES[path.suffix], plain, gzip.compress(plain, 9, mtime=0))


class AssetHandler(BaseHandler):
    def get(self, version: str, name: str) -> None:
        assets: Assets = self.application.settings["assets"]
        asset = assets.get(name)
        zipped = "gzip" in self.request.headers.get("Accept-Encoding", "")
        # Another version is asked while servers are being replaced: answered, but not to be kept.
        self.set_header("Cache-Control", FOR_EVER if version == assets.version else "no-cache")
        self.set_header("Content-Type", asset.content_type)
        self.set_header("Vary", "Accept-Encoding")
        if zipped:
            self.set_header("Content-Encoding", "gzip")
        self.finish(asset.zipped if zipped else asset.plain)
