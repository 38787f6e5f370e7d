"""Upkeep at the console: try a store, back up, restore. Each function prints what came of it and answers the exit status."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from server import bootstrap
from server.domain.errors import BackupRefused, StoreError

if TYPE_CHECKING:
    from settings import Settings

OK, FAILED = 0, 1


def try_store(uri: str) -> int:
    """`run.py doctor --store`: a line per promise that Zhenfu needs of a MongoDB."""
    try:
        results = bootstrap.try_store(uri)
    except StoreError as error:
        print(
            f"The database at this address does not answer ({error}). Is it running, and is the address right?",
            file=sys.stderr,
        )
        return FAILED
    for result in results:
        print(f"{'kept  ' if not result.why else 'BROKEN'}  {result.promise}")
        if result.why:
            print(f"        {result.why}")
    broken = sum(bool(result.why) for result in results)
    print(f"{broken} broken. 有 {broken} 项不满足" if broken else "This store keeps its promises. 这个数据库可以用")
    return FAILED if broken else OK


def back_up(settings: Settings, file: Path) -> int:
    return _archived(lambda: bootstrap.back_up(settings, file), f"{file}: written and read again")


def restore(settings: Settings, file: Path) -> int:
    return _archived(lambda: bootstrap.restore(settings, file), f"{file}: restored")


def _archived(act: Callable[[], bootstrap.Contents], done: str) -> int:
    try:
        contents = act()
    except BackupRefused as error:
        print(error, file=sys.stderr)
        return FAILED
    counts = ", ".join(f"{count} {name}" for name, count in contents.documents.items() if count)
    print(
        f"{done}: {counts or 'nothing'}. Sealed with {', '.join(contents.key_ids) or 'no key'}: keep the keyring apart from it."
    )
    return OK
