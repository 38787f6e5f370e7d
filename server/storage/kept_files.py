"""Files kept under their checksum in a folder: statements as they were received, and the lists that were compared with them."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from hashlib import file_digest, sha256
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, TypeVar

from server.core.errors import StoreUnavailable
from server.reconciliation.ports import Incoming, Opens

Answer = TypeVar("Answer")


class FolderFiles:
    """reconciliation.ports.KeptFiles. Workers on several machines need one folder for all of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @asynccontextmanager
    async def incoming(self) -> AsyncIterator[Incoming]:
        """Into a file without a name in the same folder, which no crash leaves behind."""
        file = await _beside_the_loop(self._nameless)
        try:
            yield _Received(self, file)
        finally:
            file.close()

    async def keep(self, content: bytes) -> str:
        return await self.keep_as(sha256(content).hexdigest(), BytesIO(content))

    async def keep_as(self, name: str, content: BinaryIO) -> str:
        """``name`` is the checksum. Written aside, synced and renamed, so that a crash leaves a whole file or none."""
        await _beside_the_loop(lambda: self._write(name, content))
        return name

    async def opened(self, sha256: str) -> Opens:
        await _beside_the_loop(lambda: self._must_be_whole(sha256))
        path = self._path(sha256)
        return lambda: path.open("rb")

    def _nameless(self) -> BinaryIO:
        self._folder.mkdir(parents=True, exist_ok=True)
        return TemporaryFile(dir=self._folder)

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name

    def _write(self, name: str, content: BinaryIO) -> None:
        path = self._path(name)
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f"{name}.{os.getpid()}.new")
        with aside.open("wb") as file:
            shutil.copyfileobj(content, file)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)

    def _must_be_whole(self, name: str) -> None:
        with self._path(name).open("rb") as file:
            if file_digest(file, "sha256").hexdigest() != name:
                raise StoreUnavailable("a kept file is not what it was")


class _Received:
    """reconciliation.ports.Incoming."""

    def __init__(self, files: FolderFiles, file: BinaryIO) -> None:
        self._files = files
        self._file = file
        self._digest = sha256()
        self.size = 0

    async def write(self, piece: bytes) -> None:
        await _beside_the_loop(lambda: self._append(piece))
        self._digest.update(piece)
        self.size += len(piece)

    def opened(self) -> BinaryIO:
        self._file.seek(0)
        return os.fdopen(os.dup(self._file.fileno()), "rb")

    async def keep(self) -> str:
        with self.opened() as content:
            return await self._files.keep_as(self._digest.hexdigest(), content)

    def _append(self, piece: bytes) -> None:
        """Nothing stays in a buffer, so that a full disk is noticed here."""
        self._file.seek(0, os.SEEK_END)
        self._file.write(piece)
        self._file.flush()


async def _beside_the_loop(work: Callable[[], Answer]) -> Answer:
    """Raises StoreUnavailable for what the disk says."""
    try:
        return await asyncio.to_thread(work)
    except OSError as error:
        raise StoreUnavailable(f"files: {type(error).__name__}") from error
