"""How a person is named to the platform: an app knows people by user_id (2088…) or by open_id (docs/protocols/alipay.md section 9)."""

from __future__ import annotations

import re

_USER_ID = re.compile(r"2088[0-9]{12}")


def is_user_id(subject: str) -> bool:
    return _USER_ID.fullmatch(subject) is not None
