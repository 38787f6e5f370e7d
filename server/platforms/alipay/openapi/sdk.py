"""python-alipay-sdk, of which we use what it knows: the parameters of a call, their order, their signature.

Its traps (each is a test of ours): importing it replaces the process's logging; it signs and verifies with a slow pure-Python
RSA; it takes the machine's local time; it sends by a blocking urllib; it cuts answers at the wrong brace; `verify` changes
its argument. So its import is fenced, its keys are `cryptography`'s, the time is given, and nothing is sent or read by it.
"""

from __future__ import annotations

import logging.config
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from server.core.days import hospital_time
from server.core.ports import Clock
from server.platforms.alipay.openapi.account import AlipayApp
from server.platforms.alipay.openapi.certificates import first_certificate, serial_of, serial_of_roots
from server.platforms.alipay.openapi.keys import SIGN_TYPE, AppSigner


@contextmanager
def _logging_untouched() -> Iterator[None]:
    """``import alipay`` calls dictConfig, which closes every handler of the process and hangs one of its own on stderr."""
    original = logging.config.dictConfig
    logging.config.dictConfig = lambda config: None
    try:
        yield
    finally:
        logging.config.dictConfig = original


with _logging_untouched():
    from alipay import AliPay, DCAliPay


class _OurKeys:
    """The SDK's two places for keys that sign."""

    signer: AppSigner

    def _load_key(self) -> None:
        """Nothing to parse: the signer is there, and `answers` has the keys of the other side."""

    def _sign(self, unsigned_string: str) -> str:
        return self.signer.sign(unsigned_string.encode())

    def build_body(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The body without empty fields: the gateway leaves it out of the text that it verifies."""
        body: dict[str, Any] = super().build_body(*args, **kwargs)  # type: ignore[misc]
        return {name: value for name, value in body.items() if value not in (None, "", {})}


class PublicKeyApi(_OurKeys, AliPay):  # type: ignore[misc]
    """公钥模式."""

    def __init__(self, app: AlipayApp, signer: AppSigner) -> None:
        self.signer = signer
        super().__init__(appid=app.app_id, sign_type=SIGN_TYPE)


class CertificateApi(_OurKeys, DCAliPay):  # type: ignore[misc]
    """公钥证书模式: every call names our certificate and Alipay's roots."""

    def __init__(self, app: AlipayApp, signer: AppSigner) -> None:
        self.signer = signer
        super().__init__(
            appid=app.app_id,
            app_private_key_string="",
            app_public_key_cert_string=app.app_certificate_pem,
            alipay_public_key_cert_string="",
            alipay_root_cert_string=app.root_certificates_pem,
            sign_type=SIGN_TYPE,
        )

    def load_alipay_public_key_string(self) -> str:
        return ""

    @staticmethod
    def get_cert_sn(cert: str) -> str:
        return serial_of(first_certificate(cert))

    @staticmethod
    def get_root_cert_sn(rootCert: str) -> str:
        """The SDK's own takes roots apart at empty lines, and overlooks all but the first of a file that has none."""
        return serial_of_roots(rootCert)


class SignedParameters:
    """What is sent to the gateway, signed, in the form of a query string."""

    def __init__(self, app: AlipayApp, signer: AppSigner, clock: Clock) -> None:
        kind = CertificateApi if app.certificate_mode else PublicKeyApi
        self._sdk = kind(app, signer)
        self._clock = clock

    def of(self, method: str, biz_content: Mapping[str, object], **top: str) -> str:
        """``top`` are the parameters that stand beside ``biz_content``. The time is that of Asia/Shanghai."""
        now = hospital_time(self._clock.now())
        signed: str = self._sdk.client_api(
            method, dict(biz_content), format="JSON", timestamp=f"{now:%Y-%m-%d %H:%M:%S}", **top
        )
        return signed
