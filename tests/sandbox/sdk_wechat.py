"""`wechatpy`'s client at the sandbox's address."""

from __future__ import annotations

from typing import Any

from wechatpy import WeChatClient

from tests.sandbox.process import RunningSandbox


class Client(WeChatClient):  # type: ignore[misc]
    """The SDK at the sandbox's address."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        given = sandbox.credentials["wechat"]
        self.API_BASE_URL = f"{sandbox.url}/cgi-bin/"
        super().__init__(given["appid"], given["secret"], auto_retry=False)

    def fetch_access_token(self) -> Any:
        params = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret}
        return self._fetch_access_token(f"{self.API_BASE_URL}token", params)
