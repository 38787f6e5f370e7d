"""Aliyun's two kinds of no: the gateway's (section 6) and the service's (section 5)."""

from __future__ import annotations


class Gateway(Exception):
    """The call is not let in: HTTP 4xx."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


class Business(Exception):
    """The service refuses: HTTP 200 with another Code than OK."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code, self.message = code, message


def missing(name: str) -> Gateway:
    return Gateway(400, f"Missing{name}", f"{name} is mandatory for this action.")
