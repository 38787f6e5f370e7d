"""The demo's data folder: marked as the demo's own, held by one run at a time, cleared only of what the demo knows."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path
from typing import IO

from settings import SettingsError

MARK = ".zhenfu-demo"
LOCK = "demo.lock"
# Everything that a run leaves here. A reset removes these and nothing else.
CONTENTS = ("database", "database.lock", "sandbox", "hospitals", "log", "statements", "keyring.toml")


def claim(folder: Path) -> IO[str]:
    """Mark the folder as the demo's and hold it for this run (keep the answer open). Raises SettingsError."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / MARK).exists():
        strange = sorted({entry.name for entry in folder.iterdir()} - {*CONTENTS, LOCK})
        if strange:
            raise SettingsError(
                [
                    f"{folder}: this folder has files that are not the demo's ({', '.join(strange[:3])}); "
                    "give it a folder of its own. For example: ZHENFU_DATA_DIR=var （请给演示单独的文件夹）"
                ]
            )
        (folder / MARK).write_text("The demo of Zhenfu keeps its data here; `make reset` clears it.\n", "utf-8")
    folder.chmod(0o700)  # also for what an earlier release has left in it
    return hold(folder)


def hold(folder: Path) -> IO[str]:
    """Raises SettingsError while another run holds the folder. The kernel lets go when the holder ends, in any way."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / LOCK).open("a+", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.readline().strip()
        lock.close()
        raise SettingsError(
            [
                f"{folder}: a demo is running on this folder (process {holder}). "
                "Stop it with Ctrl-C, or take another. For example: ZHENFU_DATA_DIR=var-2 （已有演示在运行）"
            ]
        ) from None
    publish(lock, "")
    return lock


def publish(lock: IO[str], database_uri: str) -> None:
    """Write down who holds the folder and where its database listens, for commands beside the run (doctor, qr)."""
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n{database_uri}\n")
    lock.flush()


def published_database(folder: Path) -> str | None:
    """The URI of the database of the run that holds the folder now; None when none does, or it is not up yet."""
    try:
        with (folder / LOCK).open("r", encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.readline()
                return lock.readline().strip() or None
    except FileNotFoundError:
        pass
    return None


def is_marked(folder: Path) -> bool:
    return (folder / MARK).is_file()


def clear(folder: Path) -> None:
    """Remove what a run leaves. Only for a folder that is marked and held."""
    for name in CONTENTS:
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
