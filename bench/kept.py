"""Filled stores that are kept between runs, in a folder that is not committed. A run gets a copy and leaves them as they are."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.engine import NotHere
from bench.filling import Told, fill
from bench.stored_payments import AHEAD, fingerprint

KEPT = Path(__file__).resolve().parent / ".filled"
FROM = 10_000
"""Smaller stores are filled sooner than they are copied."""
BYTES_A_PAYMENT = 12_000
"""On disk, at most."""
NOTE = "filled.json"
INSTALLATION = "ours"


@dataclass(frozen=True, slots=True)
class Note:
    """Of a store that is being filled, or has been: ``at`` is what its payments' ages are counted from."""

    at: datetime
    whole: bool

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / NOTE).write_text(json.dumps({"at": self.at.isoformat(), "whole": self.whole}))


def read_note(folder: Path, now: datetime) -> Note | None:
    """None where there is no store, or one that is too old."""
    if not (folder / NOTE).exists():
        return None
    told = json.loads((folder / NOTE).read_text())
    note = Note(datetime.fromisoformat(told["at"]), told["whole"])
    return note if note.at <= now < note.at + AHEAD else None


async def filled_into(folder: Path, payments: int, told: Told, kept: Path | None = KEPT) -> None:
    """The folder of an installation with so many payments. Raises NotHere where the disk is too small.

    A store of `FROM` payments or more comes from ``kept``, and is filled there first where it is not; None keeps nothing.
    """
    now = datetime.now(UTC)
    _check_room(folder, payments)
    if kept is None or payments < FROM:
        await fill(folder, payments, now, told)
        return
    source = kept / f"{payments}-{fingerprint()}"
    note = read_note(source, now) or _begun(kept, payments, source, now)
    if not note.whole:
        _check_room(kept, payments)
        await fill(source / INSTALLATION, payments, note.at, told)
        Note(note.at, whole=True).write(source)
    _copy(source / INSTALLATION, folder)


def _begun(kept: Path, payments: int, source: Path, now: datetime) -> Note:
    """The note of a new store, instead of any other one of this size: too old, or of other documents."""
    for other in kept.glob(f"{payments}-*"):
        shutil.rmtree(other)
    note = Note(now, whole=False)
    note.write(source)
    return note


def _copy(source: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "--archive", "--reflink=auto", str(source), str(folder)], check=True)  # noqa: S603, S607


def _check_room(folder: Path, payments: int) -> None:
    there = next(each for each in (folder, *folder.parents) if each.exists())
    free, needed = shutil.disk_usage(there).free, payments * BYTES_A_PAYMENT
    if free < needed:
        raise NotHere(
            f"{payments:,} payments need {needed / 1e9:.0f} GB below {there}, and {free / 1e9:.0f} GB are free"
        )
