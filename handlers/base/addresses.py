"""What stands in addresses of the pages and of the API alike."""

from __future__ import annotations

import re
from contextlib import suppress
from urllib.parse import urlsplit

from server.core.errors import BadInput, Forged

HIS_NUMBER = r"[0-9A-Za-z_.-]{1,64}"
"""What the HIS calls a department, a shift, a number, a file or a value."""
OPAQUE_KEY = r"[0-9a-f]{20}"
"""Names an admission or a report without telling its number."""
POINT = r"[0-9A-Za-z_-]{1,32}"
"""Names the code at a clinic."""
WRISTBAND_PATH = "/w/"
"""Begins the path of the address that a wristband carries; what is sealed follows."""


def point_of(text: str) -> str:
    """The point of a code at a clinic, from the code's address or by itself. Raises BadInput for anything else."""
    point = text.strip().rpartition("/check-in/")[2]
    if not re.fullmatch(POINT, point):
        raise BadInput("point", user_message="请扫描分诊台的签到码。")
    return point


def sealed_of_wristband(content: str) -> str:
    """What is sealed in the address that a wristband carries. Raises Forged for any other text; whether we sealed it is asked later."""
    path = ""
    with suppress(ValueError):
        path = urlsplit(content.strip()).path
    _, found, sealed = path.rpartition(WRISTBAND_PATH)
    if not found:
        raise Forged("no address of ours", user_message="这不是腕带上的二维码。")
    return sealed
