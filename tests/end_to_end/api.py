"""The mini-program's API as any client calls it: JSON and a bearer token, straight at the server."""

from __future__ import annotations

import json
import urllib.request
import uuid
from typing import Any

from tests.end_to_end.installation import Installation


class Api:
    """Logged in as person ``number``, with the code that their WeChat gives the mini-program."""

    def __init__(self, world: Installation, number: int) -> None:
        self._url = f"http://127.0.0.1:{world.port}/api/v1/demo"
        self._token = ""
        _, login = world.post("/sandbox/miniprogram/login", {"person": str(number)})
        self._token = self("POST", "/session", {"code": login["code"]})["access_token"]

    def __call__(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """The answer's JSON; None where it has none."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": uuid.uuid4().hex}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            said = answer.read()
        return json.loads(said) if said else None
