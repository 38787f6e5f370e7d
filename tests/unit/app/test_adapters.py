"""A hospital gets what its file asks for: either channel, or both, and of Alipay as much as its account can do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from server.app.adapters import Means, assemble
from server.app.configuration.hospital_file import read_hospital_file
from server.app.configuration.sentences import SettingsError
from server.app.demo.hospital import as_toml
from server.payments.hospital import Hospital, RefundRules
from server.storage.memory import memory_stores
from tests.support.clock_and_ids import FakeClock, SeededIds
from tests.support.settings import good_hospital
from tests.unit.platforms.alipay.pen import APP_ID, SELLER, certificate, sent, sn, success
from tests.unit.platforms.played import ScriptedTransport, platform_key, public_pem

GOOD = good_hospital()
BASE: dict[str, Any] = {name: GOOD[name] for name in ("id", "prefix", "name", "his")}
WECHAT: dict[str, Any] = {name: GOOD["wechat"][name] for name in ("official_account", "pay")}
ALIPAY: dict[str, Any] = {
    "app_id": APP_ID,
    "seller_id": SELLER,
    "private_key_file": "private.pem",
    "alipay_keys": ["public.pem"],
}
CERTIFIED = {
    **ALIPAY,
    "mode": "certificate",
    "alipay_keys": ["alipay.crt"],
    "app_certificate_file": "app.crt",
    "root_certificates_file": "roots.crt",
}


def private_key_pem(name: str) -> str:
    return platform_key(name).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "private.pem": private_key_pem("app"),
        "public.pem": public_pem("alipay"),
        "alipay.crt": certificate("alipay"),
        "app.crt": certificate("app"),
        "roots.crt": certificate("root"),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def assembled(folder: Path, transport: ScriptedTransport | None = None, **sections: Mapping[str, Any]) -> Hospital:
    path = folder / "renmin.toml"
    path.write_text(as_toml({**BASE, **sections}), "utf-8")
    means = Means(
        transport=transport or ScriptedTransport(),
        clock=FakeClock(),
        ids=SeededIds(),
        short_lived=memory_stores().short_lived,
        public_url="https://pay.example.org",
    )
    return assemble(read_hospital_file(path, {}), means)


def test_the_rules_of_refunds(folder: Path) -> None:
    assert assembled(folder).refund_rules == RefundRules()
    own = assembled(folder, refunds={"alone_days": 0, "valid_hours": 2}).refund_rules
    assert own == RefundRules(alone=timedelta(0), valid=timedelta(hours=2))


@pytest.mark.parametrize(
    ("sections", "channels"),
    [
        ({"wechat": WECHAT}, {"wechat"}),
        ({"alipay": ALIPAY}, {"alipay"}),
        ({"wechat": WECHAT, "alipay": CERTIFIED}, {"wechat", "alipay"}),
        ({}, set()),
    ],
    ids=["wechat", "alipay", "both", "none"],
)
def test_one_both_or_none(folder: Path, sections: dict[str, Any], channels: set[str]) -> None:
    hospital = assembled(folder, **sections)
    for ways in (hospital.channels, hospital.identities, hospital.chats, hospital.messengers):
        assert set(ways) == channels
    for name, channel in hospital.channels.items():
        app_id, merchant_id = channel.account("jsapi")
        assert channel.name == name == hospital.identities[name].channel
        assert app_id
        assert merchant_id


def test_without_a_life_account_people_still_log_in_and_pay(folder: Path) -> None:
    hospital = assembled(folder, alipay={**ALIPAY, "life_account": False})
    assert set(hospital.channels) == set(hospital.identities) == {"alipay"}
    assert (hospital.chats, hospital.messengers) == ({}, {})


@pytest.mark.asyncio
async def test_certificate_mode_goes_all_the_way(folder: Path) -> None:
    transport = ScriptedTransport(success("alipay.trade.close", out_trade_no="RM1", trade_no="1"))
    await assembled(folder, transport, alipay=CERTIFIED).channels["alipay"].close("RM1")
    assert sent(transport.sent[0])["app_cert_sn"] == sn(certificate("app"))


def test_certificate_and_key_belong_together(folder: Path) -> None:
    (folder / "private.pem").write_text(private_key_pem("another"))
    with pytest.raises(SettingsError, match="is not of its private_key_file"):
        assembled(folder, alipay=CERTIFIED)


@pytest.mark.asyncio
async def test_messages_that_fail_do_not_open_the_breaker_for_payments(folder: Path) -> None:
    transport = ScriptedTransport(
        success("alipay.open.public.menu.create"), success("alipay.trade.close", out_trade_no="RM1", trade_no="1")
    )
    hospital = assembled(folder, transport, alipay=ALIPAY)
    await hospital.chats["alipay"].push_menu({"button": [{"name": "帮助", "type": "click", "key": "help"}]})
    await hospital.channels["alipay"].close("RM1")
    assert [request.system for request in transport.sent] == ["alipay_life", "alipay"]


@pytest.mark.asyncio
async def test_a_life_account_without_a_menu(folder: Path) -> None:
    chat = assembled(folder, alipay={**ALIPAY, "menu": False}).chats["alipay"]
    assert not await chat.push_menu({"button": [{"name": "帮助", "type": "click", "key": "help"}]})
