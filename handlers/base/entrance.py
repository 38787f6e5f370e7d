"""The page for browsers through which nobody can log in."""

from __future__ import annotations

import base64
from collections.abc import Sequence


def open_with(client_names: Sequence[str], png: bytes, what_to_do: str) -> dict[str, object]:
    """``png``: the code of the same address, to be scanned from the screen; ``what_to_do``: in the client that this is, if it is known."""
    return {
        "clients": "或".join(client_names),
        "what_to_do": what_to_do,
        "code": "data:image/png;base64," + base64.b64encode(png).decode(),
    }
