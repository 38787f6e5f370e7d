"""Short questions to processes of this machine: is it up, what does it say. Never through a proxy, never for long."""

from __future__ import annotations

import http.client
import json
from typing import Any

TIMEOUT_S = 3.0
BODY_BYTES_MAX = 8 * 1024 * 1024


def status_of(port: int, path: str) -> int | None:
    """The HTTP status of a GET, or None when nobody answers."""
    answered = _get(port, path)
    return answered[0] if answered else None


def json_of(port: int, path: str) -> Any:
    """The JSON of a GET that answered 200, else None."""
    answered = _get(port, path)
    if not answered or answered[0] != 200:
        return None
    try:
        return json.loads(answered[1])
    except ValueError:
        return None


def _get(port: int, path: str) -> tuple[int, bytes] | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read(BODY_BYTES_MAX)
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
