"""What stands in addresses of the pages and of the API alike."""

from __future__ import annotations

import re

from server.core.errors import BadInput

HIS_NUMBER = r"[0-9A-Za-z_.-]{1,64}"
"""What the HIS calls a department, a shift, a number, a file or a value."""
OPAQUE_KEY = r"[0-9a-f]{20}"
"""Names an admission or a report without telling its number."""
POINT = r"[0-9A-Za-z_-]{1,32}"
"""Names the code at a clinic."""


def point_of(text: str) -> str:
    """The point of a code at a clinic, from the code's address or by itself. Raises BadInput for anything else."""
    point = text.strip().rpartition("/check-in/")[2]
    if not re.fullmatch(POINT, point):
        raise BadInput("point", user_message="请扫描分诊台的签到码。")
    return point
