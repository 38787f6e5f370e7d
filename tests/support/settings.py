"""Settings as tests write them: a hospital's file that is right, and the variables of an installation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from server.app.configuration.hospital_file import read_hospital_file
from server.app.configuration.hospitals import DEMO_MARK
from server.app.demo.hospital import as_toml
from settings import Settings, SettingsError, load_settings

SECRET = "NeverPrintThis0123456789abcdefgh"


def good_hospital() -> dict[str, Any]:
    return {
        "id": "renmin",
        "prefix": "RM",
        "name": "示例市人民医院",
        "allowed_hosts": ["his.example.org"],
        "wechat": {
            "official_account": {
                "app_id": "wx0123456789abcdef",
                "secret": SECRET,
                "token": SECRET,
                "encoding_aes_key": "a" * 43,
                "original_id": "gh_0123456789ab",
            },
            "pay": {
                "mch_id": "1900000001",
                "serial_no": "408b07e79b8269fec3d5d3e6ab8ed163a6a380db",
                "private_key_file": "private.pem",
                "apiv3_key": SECRET,
                "public_keys": {"PUB_KEY_ID_0119": "public.pem"},
            },
            "templates": {"payment_booked": {"template_id": "tpl", "keywords": {"thing1": "hospital"}}},
        },
        "alipay": {
            "app_id": "2021000000000001",
            "seller_id": "2088000000000001",
            "private_key_file": "private.pem",
            "alipay_keys": ["public.pem"],
            "templates": {"payment_booked": {"template_id": "TM1", "keywords": {"keyword1": "hospital"}}},
        },
        "sms": {
            "access_key_id": "LTAI",
            "access_key_secret": SECRET,
            "sign_name": "示例医院",
            "receipt_secret": SECRET,
            "templates": {"card_code": {"template_code": "SMS_1", "variables": {"code": "code"}}},
        },
        "his": {"base_url": "https://his.example.org/zhenfu/", "key_id": "k1", "keys": {"k1": SECRET}},
        "menu": {"button": [{"name": "缴费", "type": "view", "url": "{public_url}/h/{hospital}/bills"}]},
    }


def written(folder: Path, content: Mapping[str, Any], name: str = "renmin.toml") -> Path:
    path = folder / name
    path.write_text(as_toml(content).removeprefix(DEMO_MARK), "utf-8")
    path.chmod(0o600)
    return path


def sentences_for(path: Path, *, production: bool = False, environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        read_hospital_file(path, environ or {}, production=production)
    for sentence in caught.value.sentences:
        assert SECRET not in sentence
        assert sentence.startswith(f"{path}: ")
        assert "\n" not in sentence
    return tuple(sentence.removeprefix(f"{path}: ") for sentence in caught.value.sentences)


def put(content: dict[str, Any], place: str, value: object) -> None:
    *way, last = place.split(".")
    for part in way:
        content = content[int(part)] if isinstance(content, list) else content[part]
    if value is None:
        del content[last]
    else:
        content[last] = value


def settings_of(**variables: str) -> Settings:
    return load_settings({f"ZHENFU_{name.upper()}": value for name, value in variables.items()})


PRODUCTION = {
    "environment": "production",
    "public_url": "https://pay.example.org",
    "database_uri": f"mongodb://zhenfu:{SECRET}@db.example.org/zhenfu?tls=true",
    "xheaders": "true",
}
