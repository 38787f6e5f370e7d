"""Files kept under their checksum in a folder: statements as they were received, and the lists that were compared with them."""

from __future__ import annotations

import asyncio
import os
from hashlib import file_digest, sha256
from pathlib import Path

from server.core.errors import StoreUnavailable
from server.reconciliation.ports import Opens


class FolderFiles:
    """reconciliation.ports.KeptFiles. Workers on several machines need one folder for all of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def keep(self, content: bytes) -> str:
        """Written aside, synced and renamed, so that a crash leaves a whole file or none."""
        name = sha256(content).hexdigest()
        try:
            await asyncio.to_thread(self._write, name, content)
        except OSError as error:
            raise StoreUnavailable(f"files: {type(error).__name__}") from error
        return name

    async def opened(self, sha256: str) -> Opens:
        try:
            await asyncio.to_thread(self._must_be_whole, sha256)
        except OSError as error:
            raise StoreUnavailable(f"files: {type(error).__name__}") from error
        path = self._path(sha256)
        return lambda: path.open("rb")

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name

    def _write(self, name: str, content: bytes) -> None:
        path = self._path(name)
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f"{name}.{os.getpid()}.new")
        with aside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)

    def _must_be_whole(self, name: str) -> None:
        with self._path(name).open("rb") as file:
            if file_digest(file, "sha256").hexdigest() != name:
                raise StoreUnavailable("a kept file is not what it was")
