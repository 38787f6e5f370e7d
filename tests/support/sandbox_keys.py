"""Keys of sandboxes, made once in a process and lent to each sandbox that a test starts: six RSA keys take a quarter of a second."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from sandbox.world.keys import make_keys


@cache
def _keys() -> str:
    return json.dumps(make_keys())


def lend_keys(data_dir: Path) -> None:
    """The sandbox that has this data folder finds its keys there, as at a second start."""
    file = data_dir / "sandbox" / "keys.json"
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(0o600)
    file.write_text(_keys(), "utf-8")
