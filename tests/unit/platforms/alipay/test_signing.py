"""Signatures of both sides, the serial numbers of certificates, and what the SDK must not do to us."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import warnings
from urllib.parse import parse_qsl

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.app.configuration.keys import certificates_pem
from server.core.errors import Forged
from server.platforms.alipay.openapi.certificates import first_certificate, serial_of_roots
from server.platforms.alipay.openapi.keys import AlipayVerifier, AppSigner
from server.platforms.alipay.openapi.sdk import PublicKeyApi, SignedParameters
from tests.support.alipay_roots import ROOTS, ROOTS_SN
from tests.support.clock_and_ids import FakeClock
from tests.unit.platforms.alipay import vectors
from tests.unit.platforms.alipay.pen import ALIPAY, a_certified_app, an_app, certificate, signature, sn
from tests.unit.platforms.played import public_pem


def parameters(app: object = None) -> SignedParameters:
    app = app or an_app()
    return SignedParameters(app, AppSigner(app.private_key_pem), FakeClock())


# ---- vectors --------------------------------------------------------------------------------------------------------------


def test_the_official_request() -> None:
    assert AppSigner(vectors.APP_PRIVATE_KEY_PEM).sign(vectors.REQUEST_TEXT.encode()) == vectors.REQUEST_SIGN


def test_the_sdk_signs_the_official_request_with_our_key() -> None:
    app = an_app()
    sdk = PublicKeyApi(app, AppSigner(app.private_key_pem))
    told = sdk.client_api("alipay.trade.query", {"out_trade_no": "T1"}, timestamp="2024-01-02 03:04:05", format="JSON")
    assert dict(parse_qsl(told))["sign"] == vectors.REQUEST_SIGN


def test_the_envelope_of_the_life_account() -> None:
    assert AppSigner(vectors.APP_PRIVATE_KEY_PEM).sign(vectors.ENVELOPE_TEXT.encode("gbk")) == vectors.ENVELOPE_SIGN


@pytest.mark.parametrize(("issuer", "common_name", "serial", "expected"), vectors.SERIALS)
def test_the_official_serial_numbers(issuer: object, common_name: str, serial: int, expected: str) -> None:
    assert sn(certificate("root", common_name, serial, issuer)) == expected


@pytest.mark.parametrize("between", ["\n\n", "", "\r\n", "\n# a comment\n"])
def test_the_live_roots_are_told_apart_however_the_file_separates_them(between: str) -> None:
    roots = [certificate("root", name, serial, issuer) for issuer, name, serial, _ in vectors.SERIALS[:2]]
    assert serial_of_roots(between.join(roots)) == vectors.LIVE_ROOT_SN


def test_roots_of_kinds_that_nobody_reads_do_not_count() -> None:
    def odd(der: bytes) -> str:
        text = base64.b64encode(der).decode()
        return f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"

    root = certificate("root", "Invented Root", 42)
    assert serial_of_roots(odd(b"0\x03SM2") + root) == sn(root)
    with pytest.raises(ValueError, match=r".+"):
        serial_of_roots(odd(b"0\x0cRSA" + bytes.fromhex("2a864886f70d010105")) + root)


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_bundle_of_every_kind_of_root_is_read(ends: str) -> None:
    """RSA, SM2, an explicit curve, RSA with SHA-1, and an SM2 root of a version that no reader knows; the SN is reckoned with openssl."""
    bundle = certificates_pem(ROOTS.read_text("ascii").replace("\n", ends).encode())
    assert bundle.count("BEGIN") == 5
    assert serial_of_roots(bundle) == ROOTS_SN


def test_the_sdk_reckons_the_same_serial_numbers() -> None:
    from alipay import DCAliPay

    one = certificate("root", "Invented Authority R1", 4711)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # one of the reasons not to ask it
        assert DCAliPay.get_cert_sn(one) == sn(one)
        assert DCAliPay.get_root_cert_sn(one) == serial_of_roots(one)


# ---- what is sent -----------------------------------------------------------------------------------------------------------


def test_time_is_that_of_the_hospital_whatever_the_machine_s() -> None:
    assert dict(parse_qsl(parameters().of("alipay.trade.query", {})))["timestamp"] == "2026-11-23 09:30:00"


def test_nothing_empty_is_sent() -> None:
    told = dict(parse_qsl(parameters().of("alipay.system.oauth.token", {}, code="c", grant_type="authorization_code")))
    assert told.keys() == {
        "app_id", "method", "charset", "format", "sign_type", "timestamp", "version", "code", "grant_type", "sign"
    }  # fmt: skip


def test_certificate_mode_names_our_certificate_and_the_roots() -> None:
    app = a_certified_app()
    told = dict(parse_qsl(parameters(app).of("alipay.trade.query", {"out_trade_no": "T1"})))
    assert told["app_cert_sn"] == sn(app.app_certificate_pem)
    assert told["alipay_root_cert_sn"] == serial_of_roots(app.root_certificates_pem)


def test_what_is_given_stays_as_it_was() -> None:
    content = {"out_trade_no": "T1", "goods": {"name": "测试"}}
    before = json.dumps(content)
    parameters().of("alipay.trade.query", content)
    assert json.dumps(content) == before


# ---- whom we believe --------------------------------------------------------------------------------------------------------


def test_several_keys_are_good_during_a_rotation() -> None:
    verifier = AlipayVerifier((public_pem("old"), public_pem("new")))
    for key in ("old", "new"):
        verifier.check(b"text", signature(b"text", key))


def test_a_certificate_is_chosen_by_its_number() -> None:
    old, new = certificate("old", serial=1), certificate("new", serial=2)
    verifier = AlipayVerifier((old, new))
    verifier.check(b"text", signature(b"text", "new"), sn(new))
    for named in (sn(old), "f" * 32):
        with pytest.raises(Forged):
            verifier.check(b"text", signature(b"text", "new"), named)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("", "signature missing"),
        ("A" * 1025, "signature missing"),
        ("A" * 1024, "signature"),
        ("no base64", "signature"),
        ("QQ==", "signature"),
    ],
)
def test_no_signature_is_no_signature(wrong: str, why: str) -> None:
    with pytest.raises(Forged) as refused:
        AlipayVerifier((public_pem(ALIPAY),)).check(b"text", wrong)
    assert str(refused.value) == why


def test_only_keys_of_rsa_are_taken() -> None:
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    pem = curve.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    with pytest.raises(TypeError, match="must be RSA"):
        AlipayVerifier((pem,))
    with pytest.raises(ValueError, match="no certificate"):
        first_certificate(pem)


# ---- the SDK's import -------------------------------------------------------------------------------------------------------

IMPORTS = """
import logging, logging.config, sys
kept = logging.FileHandler(sys.argv[1])
logging.basicConfig(level=logging.INFO, handlers=[kept])
before = logging.config.dictConfig
import server.platforms.alipay.openapi.sdk
logging.getLogger("zhenfu").info("still written")
assert logging.config.dictConfig is before
assert logging.getLogger().handlers == [kept]
assert logging.getLogger("python-alipay-sdk").handlers == []
assert kept in [reference() for reference in logging._handlerList]
"""


def test_importing_the_sdk_leaves_logging_alone(tmp_path: object) -> None:
    log = tmp_path / "app.log"  # type: ignore[operator]
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS, str(log)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "still written" in log.read_text()
