"""The demo's hospital is written from the sandbox's credentials and read back as any hospital's file."""

from __future__ import annotations

import json
import threading
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from server.app.demo.first_bill import FirstPaidBill
from server.app.demo.hospital import as_toml, write_demo_hospital
from settings import Settings, load_hospitals, load_settings


def wechatpay_credentials() -> dict[str, Any]:
    key, platform = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sandbox")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        name, name, platform.public_key(), 0x5157F09EFDC096DE, now, now + timedelta(days=1)
    )
    text = serialization.Encoding.PEM
    return {
        "mchid": "1900000001",
        "serial_no": "ABCDEF0123456789",
        "private_key_pem": key.private_bytes(
            text, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
        "apiv3_key": "b" * 32,
        "public_key_id": "PUB_KEY_ID_0100",
        "public_key_pem": platform.public_key()
        .public_bytes(text, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode(),
        "platform_serial_no": "5157F09EFDC096DE",
        "platform_certificate_pem": builder.sign(platform, hashes.SHA256()).public_bytes(text).decode(),
    }


@pytest.fixture(scope="module")
def credentials() -> dict[str, Any]:
    """As sandbox/README.md says; the names and numbers in it are invented."""
    return {
        "hospital_name": '演示"医院"\\',
        "wechat": {
            "hospital": "demo",
            "appid": "wx00000000000000demo",
            "secret": "0" * 32,
            "token": "token",
            "encoding_aes_key": "a" * 43,
            "original_id": "gh_000000000000",
            "templates": {"payment_booked": {"template_id": "t-1", "keywords": {"thing1": "hospital"}}},
        },
        "wechatpay": wechatpay_credentials(),
        "sms": {
            "access_key_id": "LTAI-demo",
            "access_key_secret": "c" * 30,
            "sign_name": "演示医院",
            "receipt_secret": "e" * 32,
            "templates": {"card_code": {"template_code": "SMS_1", "variables": {"code": "code"}}},
        },
        "his": {"base_url": "http://localhost:9001/hospital", "key_id": "demo-1", "secret": "d" * 32},
    }


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"ZHENFU_DATA_DIR": str(tmp_path), "ZHENFU_SANDBOX_PORT": "9001"})


def test_what_the_demo_writes_is_read_as_any_file(settings: Settings, credentials: dict[str, Any]) -> None:
    write_demo_hospital(settings, credentials)
    (hospital,) = load_hospitals(settings, {})
    assert hospital.id == "demo"
    assert hospital.name == '演示"医院"\\'
    assert hospital.wechat.pay is not None
    assert set(hospital.wechat.pay.public_keys) == {"PUB_KEY_ID_0100", "5157F09EFDC096DE"}
    assert hospital.wechat.pay.api_base == "http://localhost:9001"
    assert hospital.wechat.templates["payment_booked"].keywords == {"thing1": "hospital"}
    assert hospital.his.keys["demo-1"].get_secret_value() == "d" * 32
    assert [button["name"] for button in hospital.declared_menu()["button"]] == ["挂号", "缴费", "我的"]  # type: ignore[attr-defined]


def test_every_file_is_private_and_written_again_the_same(settings: Settings, credentials: dict[str, Any]) -> None:
    def files() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in settings.hospitals_dir.rglob("*") if path.is_file()}

    write_demo_hospital(settings, credentials)
    first = files()
    write_demo_hospital(settings, credentials)
    assert files() == first
    assert {path.stat().st_mode & 0o777 for path in first} == {0o600}


def test_a_sandbox_that_plays_alipay_is_taken_over(settings: Settings, credentials: dict[str, Any]) -> None:
    pay = credentials["wechatpay"]
    alipay = {
        "app_id": "2021000000000001",
        "seller_id": "2088000000000001",
        "app_private_key_pem": pay["private_key_pem"],
        "alipay_public_key_pem": pay["public_key_pem"],
        "templates": {"payment_booked": {"template_id": "TM1", "keywords": {"keyword1": "hospital"}}},
    }
    for told, expected in (({"app_id": "2021000000000001"}, False), (alipay, True)):
        write_demo_hospital(settings, {**credentials, "alipay": told})
        (hospital,) = load_hospitals(settings, {})
        assert (hospital.alipay is not None) is expected
    assert hospital.alipay is not None
    assert hospital.alipay.gateway_url == "http://localhost:9001/gateway.do"
    assert set(hospital.alipay.templates) == {"payment_booked"}


def test_changed_credentials_are_taken_over(settings: Settings, credentials: dict[str, Any]) -> None:
    write_demo_hospital(settings, credentials)
    write_demo_hospital(settings, {**credentials, "wechat": {**credentials["wechat"], "token": "another"}})
    (hospital,) = load_hospitals(settings, {})
    assert hospital.wechat.official_account is not None
    assert hospital.wechat.official_account.token.get_secret_value() == "another"


def test_toml_of_odd_words() -> None:
    content = {"a": 'q"\\\n\u0001', "b": True, "c": [1, "二"], "t": {"二 x": {"k.k": "v"}, "n": 2}}
    assert tomllib.loads(as_toml(content)) == content


# ---- the first paid bill ---------------------------------------------------------------------------------------------


class Money(BaseHTTPRequestHandler):
    trades: ClassVar[list[dict[str, str]]] = []
    asked: ClassVar[int] = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        body = json.dumps({"wechatpay": {"trades": self.trades}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def money() -> Iterator[tuple[type[Money], int]]:
    handler = type("OwnMoney", (Money,), {"trades": [], "asked": 0})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield handler, server.server_port
        server.shutdown()
        thread.join()


def test_first_paid_bill_is_told_once(money: tuple[type[Money], int]) -> None:
    handler, port = money
    said: list[str] = []
    first = FirstPaidBill(port, datetime.now(UTC).timestamp() - 42.4, said.append)
    handler.trades.append({"trade_state": "NOTPAY"})
    first.look()
    assert said == []
    handler.trades.append({"trade_state": "SUCCESS"})
    first.look()
    asked = handler.asked
    first.look()
    assert said == ["first make run to a paid bill: 42 s 从启动到首笔支付"]
    assert handler.asked == asked  # it never asks again


def test_bill_paid_in_an_earlier_run_is_not_told(money: tuple[type[Money], int]) -> None:
    handler, port = money
    handler.trades.append({"trade_state": "REFUND"})
    said: list[str] = []
    FirstPaidBill(port, 0.0, said.append).look()
    assert said == []


def test_sandbox_that_does_not_answer_is_no_paid_bill() -> None:
    said: list[str] = []
    FirstPaidBill(1, 0.0, said.append).look()
    assert said == []
