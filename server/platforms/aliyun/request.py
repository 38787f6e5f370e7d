"""Requests of dysmsapi as aliyun-python-sdk-core shapes and signs them (docs/protocols/aliyun_sms.md section 2).

The SDK's own sending blocks; ours is asynchronous (docs/decisions/0003-sms-through-our-transport.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from server.core.ports import HttpRequest
from server.platforms.aliyun.account import SYSTEM, AliyunSmsConfig

VERSION = "2017-05-25"
REGION = "cn-hangzhou"


class SignedRequests:
    """Makes signed POST requests; what is personal travels in the body, never in the URL."""

    def __init__(self, config: AliyunSmsConfig, timeout_s: float) -> None:
        self._endpoint = config.endpoint
        self._key_id, self._secret = config.access_key_id, config.access_key_secret
        self._timeout_s = timeout_s

    def make(self, action: str, parameters: Mapping[str, str]) -> HttpRequest:
        """A request for ``action``. Its time and nonce are the SDK's own: real time, real randomness."""
        from aliyunsdkcore.request import CommonRequest  # it takes long to import, and many processes send no SMS

        request = CommonRequest(domain=urlsplit(self._endpoint).netloc, version=VERSION, action_name=action)
        request.set_accept_format("JSON")
        request.set_method("POST")
        for name, value in parameters.items():
            request.add_body_params(name, value)
        request.trans_to_acs_request()
        headers = request.get_signed_header(REGION, self._key_id, self._secret)
        url = request.get_url(REGION, self._key_id, self._secret)
        return HttpRequest(
            system=SYSTEM,
            method="POST",
            url=f"{self._endpoint}{url}",
            headers={**headers, "Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
            body=urlencode(parameters).encode(),
            timeout_s=self._timeout_s,
        )
