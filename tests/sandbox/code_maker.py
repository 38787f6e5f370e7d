"""An app that makes QR codes for the sandbox's HIS, as docs/his-interface.md sections 1 and 4 have it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

from tests.sandbox.process import Arrived, RunningSandbox

PICTURE = base64.b64encode(b"a picture").decode()


def qr_app(sandbox: RunningSandbox, secret: str | None = None) -> Any:
    """An app that makes QR codes by his-interface.md sections 1 and 4; with another ``secret`` its answers are not genuine."""
    key = (secret or sandbox.credentials["his"]["secret"]).encode()

    def answer(arrived: Arrived) -> tuple[int, bytes, dict[str, str]]:
        told = {
            "url": f"http://app/s/{len(arrived.body)}",
            "expires_at": "2099-01-01T00:00:00+08:00",
            "png_base64": PICTURE,
        }
        body = json.dumps({"code": "OK", "message": "", "data": told}).encode()
        now, nonce = str(int(time.time())), arrived.headers["Zhenfu-Nonce"]
        text = f"ANSWER\n{arrived.path}\n{now}\n{nonce}\n{hashlib.sha256(body).hexdigest()}\n"
        signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        return 200, body, {"Zhenfu-Timestamp": now, "Zhenfu-Signature": signature}

    return answer
