"""The table [wechat.pay] of a hospital's file (docs/protocols/wechat_pay_v3.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from server.app.configuration.fields import PlatformUrl, Secret, of_length, shaped
from server.app.configuration.keys import (
    PrivateKeyFile,
    PublicKeyFile,
    private_key_pem,
    public_key_pem,
    same_key,
    serial_hex,
)
from server.app.configuration.section import Section, Text


class WechatPay(Section):
    """微信支付 (docs/protocols/wechat_pay_v3.md). ``public_keys`` has all keys that may sign: several during a rotation."""

    mch_id: Annotated[str, shaped(r"[0-9]{8,12}", "8 to 12 digits")] = Field(examples=['"1900000001"'])
    serial_no: Annotated[
        str, StringConstraints(to_upper=True), shaped(r"[0-9A-F]{8,64}", "8 to 64 hexadecimal digits")
    ] = Field(examples=['"408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB"'])
    private_key_file: PrivateKeyFile = Field(examples=['"keys/apiclient_key.pem"'])
    apiv3_key: Annotated[Secret, of_length(32, "letters and digits")] = Field(examples=['"file:keys/apiv3_key"'])
    public_keys: Mapping[Text, PublicKeyFile] = Field(
        min_length=1, examples=['{ PUB_KEY_ID_0119 = "keys/pub_key.pem" }']
    )
    api_base: PlatformUrl = "https://api.mch.weixin.qq.com"

    @model_validator(mode="after")
    def _keys_are_wechat_pays(self) -> Self:
        ours = private_key_pem(self.private_key_file.read_bytes())
        for key_id, path in self.public_keys.items():
            theirs = public_key_pem(path.read_bytes())
            if same_key(ours, theirs):
                raise ValueError(
                    f"has the merchant's own certificate as public_keys.{key_id}, but WeChat Pay's key is wanted "
                    "(商户平台 → API安全 → 微信支付公钥)"
                )
            serial = serial_hex(theirs)
            if serial and serial != key_id.upper().lstrip("0"):
                raise ValueError(
                    f"has a certificate with the serial number {serial} as public_keys.{key_id}: a certificate's id is its serial "
                    "number, and PUB_KEY_ID_… goes with a public key"
                )
        return self
