"""Who may come in: parameters, access key, time, signature, nonce (sections 2, 3, 6)."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from sandbox.sms.errors import Gateway, missing
from sandbox.sms.signature import acs3_signature, signature, text_to_sign
from sandbox.world.nonces import NonceBook
from sandbox.world.scene import Scene
from sandbox.world.wire import Request

WINDOW = timedelta(minutes=15)
VERSION = "2017-05-25"
_ACS3 = re.compile(r"ACS3-HMAC-SHA256 Credential=([^,]+),\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]+)")


class GatewayCheck:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._nonces = NonceBook(2 * WINDOW)  # a timestamp may lie fifteen minutes ahead, and then holds for thirty

    def params(self, request: Request) -> dict[str, str]:
        """Query and form together, with the action and version of a v3 call's headers."""
        is_form = "x-www-form-urlencoded" in request.headers.get("content-type", "")
        form = request.body.decode("utf-8", "replace") if request.method == "POST" and is_form else ""
        told = {**request.query, **dict(parse_qsl(form, keep_blank_values=True))}
        if is_acs3(request):
            told |= {"Action": request.headers.get("x-acs-action", ""), "Version": request.headers.get("x-acs-version", ""),
                     "Format": "JSON"}  # fmt: skip
        return told

    def check(self, request: Request, params: dict[str, str], actions: set[str]) -> None:
        """Raises Gateway."""
        if params.get("Version") != VERSION:
            raise Gateway(400, "InvalidVersion", "Specified parameter Version is not valid.")
        if params.get("Action") not in actions:
            raise Gateway(
                404, "InvalidAction.NotFound", "Specified api is not found, please check your url and method."
            )
        if is_acs3(request):
            self._check_acs3(request)
        else:
            self._check_v1(request.method, params)

    def _check_v1(self, method: str, params: dict[str, str]) -> None:
        for name in ("AccessKeyId", "Signature", "SignatureMethod", "SignatureVersion", "SignatureNonce", "Timestamp"):
            if not params.get(name):
                raise missing(name)
        self._check_key(params["AccessKeyId"])
        self._check_time(params["Timestamp"])
        right = signature(self._scene.keys["sms_key_secret"], method, params)
        scheme = (params["SignatureMethod"], params["SignatureVersion"])
        if scheme != ("HMAC-SHA1", "1.0") or not _same(right, params["Signature"]):
            raise _mismatch(text_to_sign(method, params))
        self._check_nonce(params["SignatureNonce"])

    def _check_acs3(self, request: Request) -> None:
        headers = request.headers
        parts = _ACS3.fullmatch(headers.get("authorization", ""))
        if parts is None:
            raise _mismatch("")
        self._check_key(parts[1])
        self._check_time(headers.get("x-acs-date", ""))
        names = parts[2].split(";")
        must = {"host", *(name for name in headers if name.startswith("x-acs-"))}
        is_whole = must <= set(names) and names == sorted(names)
        if not is_whole or headers.get("x-acs-content-sha256") != hashlib.sha256(request.body).hexdigest():
            raise _mismatch("")
        right = acs3_signature(
            self._scene.keys["sms_key_secret"], request.method, request.query, headers, names, request.body
        )
        if not _same(right, parts[3]):
            raise _mismatch("")
        self._check_nonce(headers.get("x-acs-signature-nonce", ""))

    def _check_key(self, access_key_id: str) -> None:
        if access_key_id != self._scene.keys["sms_key_id"]:
            raise Gateway(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")

    def _check_time(self, text: str) -> None:
        try:
            signed_at = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError:
            signed_at = datetime.fromtimestamp(0, UTC)
        if abs(self._scene.clock.now() - signed_at) > WINDOW:
            raise Gateway(400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")

    def _check_nonce(self, nonce: str) -> None:
        if not nonce or not self._nonces.is_new(nonce, self._scene.clock.now()):
            raise Gateway(400, "SignatureNonceUsed", "Specified signature nonce was used already.")


def is_acs3(request: Request) -> bool:
    return request.headers.get("authorization", "").startswith("ACS3-HMAC-SHA256")


def _same(right: str, given: str) -> bool:
    return hmac.compare_digest(right.encode(), given.encode())


def _mismatch(text: str) -> Gateway:
    hint = f" server string to sign is:{text}" if text else ""
    return Gateway(400, "SignatureDoesNotMatch", f"Specified signature is not matched with our calculation.{hint}")
