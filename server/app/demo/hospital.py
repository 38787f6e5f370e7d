"""The demo's hospital: the sandbox's accounts in a file like any hospital's, so that the app takes its usual path."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from server.app.configuration.hospitals import DEMO_MARK
from server.app.configuration.keyring import write_private
from settings import Settings

HOSPITAL_FILE = "demo.toml"
ALIPAY_NEEDS = {"app_id", "seller_id", "app_private_key_pem", "alipay_public_key_pem"}
HELP_PHONE = "010-00000000"
CHILDREN = "D04"
"""The sandbox's number of its children's department."""
REGISTRATION_RULES = {
    "doctors": True,
    "waiting_lists": True,
    "check_in_places": [{"point": "MAIN", "latitude": 39.9, "longitude": 116.4, "metres": 500}],
    "pay_at_window": {"place": "门诊楼 1 层收费窗口"},
    "ages": {CHILDREN: {"most": 13}},
    "open_most": 5,
    "missed": {"times": 3, "days": 180, "pause_days": 30},
}
MENU = {
    "button": [
        {"name": "挂号", "type": "view", "url": "{public_url}/h/{hospital}/registration"},
        {"name": "缴费", "type": "view", "url": "{public_url}/h/{hospital}/bills"},
        {
            "name": "我的",
            "sub_button": [
                {"name": "就诊卡", "type": "view", "url": "{public_url}/h/{hospital}/cards"},
                {"name": "报告", "type": "view", "url": "{public_url}/h/{hospital}/reports"},
                {"name": "住院", "type": "view", "url": "{public_url}/h/{hospital}/inpatient"},
                {"name": "缴费记录", "type": "view", "url": "{public_url}/h/{hospital}/payments"},
                {"name": "帮助", "type": "click", "key": "help"},
            ],
        },
    ]
}


def write_demo_hospital(settings: Settings, credentials: Mapping[str, Any]) -> Path:
    """Write ``demo.toml`` and its key files (0600). ``credentials`` is the answer of ``GET /sandbox/credentials``."""
    folder = settings.hospitals_dir
    pay = credentials["wechatpay"]
    write_private(folder / "demo-keys" / "apiclient_key.pem", pay["private_key_pem"])
    write_private(folder / "demo-keys" / "wechatpay_public_key.pem", pay["public_key_pem"])
    write_private(folder / "demo-keys" / "wechatpay_certificate.pem", pay["platform_certificate_pem"])
    alipay = credentials.get("alipay", {})
    if alipay.keys() >= ALIPAY_NEEDS:
        write_private(folder / "demo-keys" / "alipay_app_private_key.pem", alipay["app_private_key_pem"])
        write_private(folder / "demo-keys" / "alipay_public_key.pem", alipay["alipay_public_key_pem"])
    path = folder / HOSPITAL_FILE
    outside = f"http://localhost:{settings.sandbox_port}"
    write_private(path, as_toml(_content(outside, credentials)))
    return path


def _content(outside: str, credentials: Mapping[str, Any]) -> dict[str, Any]:
    account, pay = credentials["wechat"], credentials["wechatpay"]
    alipay = credentials.get("alipay", {})
    mini_program = _mini_program(outside, credentials.get("miniprogram", {}))
    return {
        "id": account["hospital"],
        "prefix": "ZF",
        "name": credentials["hospital_name"],
        "help_phone": HELP_PHONE,
        "wechat": {
            "official_account": {
                "app_id": account["appid"],
                "secret": account["secret"],
                "token": account["token"],
                "encoding_aes_key": account["encoding_aes_key"],
                "original_id": account["original_id"],
                "api_base": outside,
                "authorize_base": outside,
            },
            "pay": {
                "mch_id": pay["mchid"],
                "serial_no": pay["serial_no"],
                "private_key_file": "demo-keys/apiclient_key.pem",
                "apiv3_key": pay["apiv3_key"],
                "public_keys": {
                    pay["public_key_id"]: "demo-keys/wechatpay_public_key.pem",
                    pay["platform_serial_no"]: "demo-keys/wechatpay_certificate.pem",
                },
                "api_base": outside,
            },
            "templates": account["templates"],
            **mini_program,
        },
        "sms": _sms(outside, credentials["sms"], has_mini_program=bool(mini_program)),
        "his": _his(credentials["his"]),
        "registration": REGISTRATION_RULES,
        "reports": {},
        "menu": MENU,
        **({"alipay": _alipay(outside, alipay)} if alipay.keys() >= ALIPAY_NEEDS else {}),
    }


def _mini_program(outside: str, credentials: Mapping[str, Any]) -> dict[str, Any]:
    """The sandbox's own mini-program, once it plays one: it then says which messages it has."""
    if "templates" not in credentials:
        return {}
    return {
        "miniprogram": {
            "app_id": credentials["appid"],
            "secret": credentials["secret"],
            "api_base": outside,
            "version": "develop",
            "templates": credentials["templates"],
        }
    }


def _his(credentials: Mapping[str, Any]) -> dict[str, Any]:
    key_id = credentials["key_id"]
    return {
        "base_url": credentials["base_url"],
        "key_id": key_id,
        "keys": {key_id: credentials["secret"]},
        "inpatient": True,
        "old_balances": True,
    }


def _sms(outside: str, credentials: Mapping[str, Any], *, has_mini_program: bool) -> dict[str, Any]:
    return {
        "access_key_id": credentials["access_key_id"],
        "access_key_secret": credentials["access_key_secret"],
        "sign_name": credentials["sign_name"],
        "endpoint": outside,
        "receipt_secret": credentials["receipt_secret"],
        "templates": credentials["templates"],
        "linked": credentials["linked"] if has_mini_program else {},
    }


def _alipay(outside: str, credentials: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "app_id": credentials["app_id"],
        "seller_id": credentials["seller_id"],
        "private_key_file": "demo-keys/alipay_app_private_key.pem",
        "alipay_keys": ["demo-keys/alipay_public_key.pem"],
        "gateway_url": f"{outside}/gateway.do",
        "authorize_base": outside,
        "templates": credentials.get("templates", {}),
    }


def as_toml(content: Mapping[str, Any]) -> str:
    """``content`` as TOML: the top's values first, then one table for each section, deeper ones inline."""
    lines = [DEMO_MARK, *_assignments(content), ""]
    for name, section in content.items():
        if isinstance(section, Mapping):
            inner = {key: value for key, value in section.items() if isinstance(value, Mapping)}
            lines += [
                f"[{name}]",
                *_assignments(section),
                *(f"{_key(key)} = {_value(value)}" for key, value in inner.items()),
                "",
            ]
    return "\n".join(lines)


def _assignments(table: Mapping[str, Any]) -> list[str]:
    return [f"{_key(key)} = {_value(value)}" for key, value in table.items() if not isinstance(value, Mapping)]


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").isalnum() else _text(name)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(str(key))} = {_value(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(inner) for inner in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _text(value) if isinstance(value, str) else str(value)
