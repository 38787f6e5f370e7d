"""WeChat Pay's side of the official vectors (wechat_pay_v3.md section 13): what the sandbox signs, seals and checks is what the platform does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import NameOID

from sandbox.phones.wechat.invocation import Invocation
from sandbox.phones.wechat.invocation import Refused as NotOpened
from sandbox.wechatpay.signing import Signatures, SignError
from sandbox.world.chance import Dice
from sandbox.world.wire import Request
from tests.sandbox import vectors
from tests.sandbox.world import Record


def official_certificate() -> str:
    """The page gives the key and the serial; the certificate around them is made here."""
    key = load_pem_private_key(vectors.T0_KEY_PEM.encode(), None)
    assert isinstance(key, RSAPrivateKey)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "T0")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(int(vectors.T0_SERIAL, 16))
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, SHA256())
    )
    return certificate.public_bytes(Encoding.PEM).decode()


@pytest.fixture(scope="module")
def official(keys: Record) -> Signatures:
    given = {
        "mchid": vectors.T0_MCHID,
        "merchant_serial": vectors.T0_SERIAL,
        "merchant_certificate": official_certificate(),
    }
    return Signatures({**keys, **given}, Dice(1))


def signed(method: str, target: str, body: str, right: str, /, **changed: str) -> Request:
    items = {
        "mchid": vectors.T0_MCHID,
        "nonce_str": vectors.T0_NONCE,
        "timestamp": str(vectors.T0_TIMESTAMP),
        "serial_no": vectors.T0_SERIAL,
        "signature": right,
    }
    authorization = ",".join(f'{name}="{value}"' for name, value in (items | changed).items())
    headers = {"authorization": f"WECHATPAY2-SHA256-RSA2048 {authorization}"}
    return Request(method=method, target=target, headers=headers, body=body.encode())


T3 = ("POST", "/v3/pay/transactions/jsapi", vectors.T3_BODY, vectors.T3_SIGNATURE)
T4 = ("GET", "/v3/refund/domestic/refunds/123123123123", "", vectors.T4_SIGNATURE)
THEN = datetime.fromtimestamp(vectors.T0_TIMESTAMP, UTC)


@pytest.mark.parametrize("vector", [T3, T4], ids=["T3", "T4"])
def test_requests_signed_as_the_page_says_are_let_in(official: Signatures, vector: tuple[str, str, str, str]) -> None:
    assert official.check_request(signed(*vector), THEN) == vectors.T0_MCHID


@pytest.mark.parametrize(
    ("vector", "changed"),
    [
        (("GET", *T3[1:]), {}),
        ((T3[0], T3[1] + "?a=1", *T3[2:]), {}),
        ((*T3[:2], T3[2] + " ", T3[3]), {}),
        ((*T3[:3], T4[3]), {}),
        (T3, {"nonce_str": "another"}),
        (T3, {"timestamp": str(vectors.T0_TIMESTAMP + 1)}),
        (T3, {"mchid": "1900007292"}),
        (T3, {"serial_no": "5157F09EFDC096DE15EBE81A47057A7200000000"}),
        (T3, {"signature": "not base64!"}),
        (T3, {"signature": ""}),
    ],
    ids=["method", "query", "body", "signature", "nonce", "timestamp", "mchid", "serial", "no base64", "empty"],
)
def test_one_thing_changed_is_one_too_many(
    official: Signatures, vector: tuple[str, str, str, str], changed: dict[str, str]
) -> None:
    with pytest.raises(SignError):
        official.check_request(signed(*vector, **changed), THEN)


@pytest.mark.parametrize(("seconds", "holds"), [(299, True), (301, False), (-299, True), (-301, False)])
def test_a_signature_lives_five_minutes(official: Signatures, seconds: int, holds: bool) -> None:
    now = THEN + timedelta(seconds=seconds)
    if holds:
        official.check_request(signed(*T3), now)
        return
    with pytest.raises(SignError):
        official.check_request(signed(*T3), now)


def test_pay_sign_of_the_jsapi_client(official: Signatures) -> None:
    params = {
        "appId": "wx2421b1c4370ec43b",
        "timeStamp": str(vectors.T0_TIMESTAMP),
        "nonceStr": vectors.T0_NONCE,
        "package": vectors.T1_PACKAGE,
        "signType": "RSA",
        "paySign": vectors.T1_PAY_SIGN,
    }
    Invocation.read(params).check_signature(official.merchant)
    with pytest.raises(NotOpened, match="签名失败"):
        Invocation.read({**params, "package": "prepay_id=wx20141027200939552265"}).check_signature(official.merchant)


class FixedNonce(Dice):
    def text(self, length: int) -> str:
        assert length == 12
        return "uluk4a9R25RW"


def test_sealing_as_the_java_sdk_opens(keys: Record) -> None:
    sealer = Signatures({**keys, "apiv3_key": "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb"}, FixedNonce())
    sealed = sealer.seal("message", "associatedData")
    assert sealed["ciphertext"] == "ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI="
    assert sealed["algorithm"] == "AEAD_AES_256_GCM"
    assert sealed["associated_data"] == "associatedData"
