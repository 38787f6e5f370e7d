"""The table [alipay] of a hospital's file (docs/protocols/alipay.md sections 1, 5, 9, 10)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from server.app.configuration.fields import PlatformUrl, one_to, shaped
from server.app.configuration.keys import (
    CertificateFile,
    PrivateKeyFile,
    PublicKeyFile,
    certificates_pem,
    private_key_pem,
    public_key_pem,
    same_key,
)
from server.app.configuration.section import ChatPurpose, Section, Text, ValueName


class AlipayTemplate(Section):
    """模板消息: which of our values stands in which word of the approved template."""

    template_id: Text = Field(examples=['"TM000000000000000001"'])
    keywords: Mapping[
        Annotated[str, shaped(r"first|remark|keyword[0-9]{1,2}", "first, remark, or keyword1, keyword2 …")], ValueName
    ] = Field(min_length=1, examples=['{ first = "hospital", keyword1 = "amount" }'])


class Alipay(Section):
    """支付宝: the app, the merchant, and (unless ``life_account`` is false) the life account that belongs to the app.

    ``alipay_keys`` are all keys that Alipay may sign with: its public key, or in certificate mode its certificates.
    """

    app_id: Annotated[str, shaped(r"[0-9]{16,32}", "16 to 32 digits")] = Field(examples=['"2021000000000001"'])
    seller_id: Annotated[str, shaped(r"2088[0-9]{12}", "16 digits that begin with 2088")] = Field(
        examples=['"2088000000000001"']
    )
    mode: Literal["public_key", "certificate"] = Field(default="public_key", examples=['"certificate"'])
    private_key_file: PrivateKeyFile = Field(examples=['"keys/alipay_app_private_key.pem"'])
    alipay_keys: Annotated[tuple[PublicKeyFile, ...], one_to(8)] = Field(examples=['["keys/alipay_public_key.pem"]'])
    app_certificate_file: CertificateFile | None = Field(default=None, examples=['"keys/appCertPublicKey.crt"'])
    root_certificates_file: CertificateFile | None = Field(default=None, examples=['"keys/alipayRootCert.crt"'])
    gateway_url: PlatformUrl = "https://openapi.alipay.com/gateway.do"
    authorize_base: PlatformUrl = "https://openauth.alipay.com"
    life_account: bool = Field(default=True, examples=["false"])
    menu: bool = Field(default=True, examples=["false"])
    templates: Mapping[ChatPurpose, AlipayTemplate] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _certificates_in_certificate_mode(self) -> Self:
        certificates = (self.app_certificate_file, self.root_certificates_file)
        if self.mode == "certificate" and None in certificates:
            raise ValueError('has mode = "certificate" and needs app_certificate_file and root_certificates_file')
        if self.mode == "certificate" and not all(
            "CERTIFICATE" in public_key_pem(key.read_bytes()) for key in self.alipay_keys
        ):
            raise ValueError('has mode = "certificate" and needs Alipay\'s certificates as alipay_keys')
        if self.app_certificate_file and not _belong_together(self.app_certificate_file, self.private_key_file):
            raise ValueError("has an app_certificate_file that is not of its private_key_file")
        ours = private_key_pem(self.private_key_file.read_bytes())
        if any(same_key(ours, public_key_pem(key.read_bytes())) for key in self.alipay_keys):
            raise ValueError(
                "has the app's own public key (应用公钥) among alipay_keys, where Alipay's (支付宝公钥) is wanted"
            )
        if self.mode == "public_key" and certificates != (None, None):
            raise ValueError('has certificates of its own, which need mode = "certificate"')
        return self


def _belong_together(certificate: Path, private_key: Path) -> bool:
    return same_key(private_key_pem(private_key.read_bytes()), certificates_pem(certificate.read_bytes()))
