"""The other platforms' side of the official vectors: wechat_official.md section 14, aliyun_sms.md section 8, docs/his-interface.md sections 1 and 7."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.hospital.signing import answer_signature, request_signature
from sandbox.phone_world import PhoneWorld
from sandbox.sms.signature import acs3_signature, encoded, signature, text_to_sign
from sandbox.wechat.crypto import MessageCrypto, sha1_of_sorted
from tests.sandbox import vectors
from tests.sandbox.world import World

# ---- wechat_official.md section 14 ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("AAAAA", "1714036504", "1514711492"), "f464b24fc39322e44b38aa78f5edd27bd1441696"),
        (("AAAAA", "1714037059", "486452656"), "899cf89e464efb63f54ddac96b0a0a235f53aa78"),
        (("test", "1410685589", "test"), "f21891de399b4e33a1a93c9a7b8a8fffb5a443ff"),
        (("AAAAA", "1714112445", "415670741"), "6c5c811b55cc85e0e1b54100749188c20beb3f5d"),
        (
            ("AAAAA", "1714112445", "415670741", vectors.SAFE_MODE_ENCRYPT),
            "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
        ),
    ],
)
def test_callback_signatures(parts: tuple[str, ...], expected: str) -> None:
    assert sha1_of_sorted(*parts) == expected


OFFICIAL_CRYPTO = MessageCrypto("A" * 43, "wxba5fad812f8e6fb9")


def test_safe_mode_both_ways() -> None:
    assert OFFICIAL_CRYPTO.decrypt(vectors.SAFE_MODE_ENCRYPT) == vectors.SAFE_MODE_MESSAGE
    assert OFFICIAL_CRYPTO.encrypt(vectors.SAFE_MODE_MESSAGE, "a8eedb185eb2fecf") == vectors.SAFE_MODE_ENCRYPT


def test_safe_mode_reply() -> None:
    sealed = OFFICIAL_CRYPTO.encrypt('{"demo_resp":"good luck"}', "707722b803182950")
    assert sealed == "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
    signed_reply = sha1_of_sorted("AAAAA", "1713424427", "415670741", sealed)
    assert signed_reply == "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"


def test_safe_mode_of_wxjava() -> None:
    crypto = MessageCrypto("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "wxb11529c136998cb6")
    expected = "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg=="
    assert crypto.encrypt("我是中文abcd123", "aaaabbbbccccdddd") == expected


@pytest.mark.parametrize("sealed", ["", "AAAA", "!", vectors.SAFE_MODE_ENCRYPT[:-24], vectors.SAFE_MODE_ENCRYPT[24:]])
def test_what_was_not_sealed_for_us_is_refused(sealed: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        OFFICIAL_CRYPTO.decrypt(sealed)


def test_another_account_s_message_is_refused() -> None:
    with pytest.raises(ValueError, match="appid"):
        MessageCrypto("A" * 43, "wxba5fad812f8e6fb8").decrypt(vectors.SAFE_MODE_ENCRYPT)


def test_js_sdk_signature(world: World) -> None:
    ticket = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
    until = (world.time() + timedelta(hours=2)).isoformat()
    world.outside.scene.records.put("wechat.token", "ticket", {"token": ticket, "until": until})
    made = PhoneWorld(world.outside).page_signature(
        appid=world.credentials["wechat"]["appid"],
        nonce_str="Wm3WZYTPz0wzccnW",
        timestamp="1414587457",
        url="http://mp.weixin.qq.com?params=value",
    )
    assert made == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"


# ---- aliyun_sms.md section 8 -----------------------------------------------------------------------------------------------------------

REGIONS = {
    "AccessKeyId": "testid", "Action": "DescribeRegions", "Format": "XML", "SignatureMethod": "HMAC-SHA1",
    "SignatureNonce": "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf", "SignatureVersion": "1.0",
    "Timestamp": "2016-02-23T12:46:24Z", "Version": "2014-05-26",
}  # fmt: skip
SEND = {
    "AccessKeyId": "testId", "Action": "SendSms", "Format": "XML", "OutId": "123", "PhoneNumbers": "15300000001",
    "RegionId": "cn-hangzhou", "SignName": "阿里云短信测试专用", "SignatureMethod": "HMAC-SHA1",
    "SignatureNonce": "45e25e9b-0a6f-4070-8c85-2956eda1b466", "SignatureVersion": "1.0", "TemplateCode": "SMS_71390007",
    "TemplateParam": '{"customer":"test"}', "Timestamp": "2017-07-12T02:42:19Z", "Version": "2017-05-25",
}  # fmt: skip


@pytest.mark.parametrize(
    ("secret", "method", "params", "expected"),
    [
        ("testsecret", "GET", REGIONS, "OLeaidS1JvxuMvnyHOwuJ+uX5qY="),
        ("testSecret", "GET", SEND, "zJDF+Lrzhj/ThnlvIToysFRq6t4="),
        ("testSecret", "POST", SEND, "Xvhv7fPXrPkLVSnlt0jIr08o8NQ="),
    ],
    ids=["1", "2", "2 by POST"],
)
def test_aliyun_signatures(secret: str, method: str, params: dict[str, str], expected: str) -> None:
    assert signature(secret, method, {**params, "Signature": "is not part of it"}) == expected


def test_aliyun_text_to_sign() -> None:
    text = text_to_sign("GET", SEND)
    assert text.startswith("GET&%2F&AccessKeyId%3DtestId%26Action%3DSendSms%26")
    tail = (
        "%26TemplateParam%3D%257B%2522customer%2522%253A%2522test%2522%257D%26Timestamp%3D2017-07-12T02%253A42%253A19Z"
    )
    assert text.endswith(f"{tail}%26Version%3D2017-05-25")


@pytest.mark.parametrize(
    ("plain", "expected"),
    [
        ("a b*c~d", "a%20b%2Ac~d"),
        ("`!'()`", "%60%21%27%28%29%60"),
        ("2016-02-23T12:46:24Z", "2016-02-23T12%3A46%3A24Z"),
    ],
)
def test_aliyun_percent_encoding(plain: str, expected: str) -> None:
    assert encoded(plain) == expected


ACS3 = {
    "x-acs-version": "2014-05-26", "x-acs-action": "RunInstances", "host": "ecs.cn-shanghai.aliyuncs.com",
    "x-acs-date": "2023-10-26T10:22:32Z", "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
    "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
}  # fmt: skip
ACS3_SEND = {**ACS3, "x-acs-version": "2017-05-25", "x-acs-action": "SendSms", "host": "dysmsapi.aliyuncs.com"}
INSTANCES = {"ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", "RegionId": "cn-shanghai"}
SMS_QUERY = {name: SEND[name] for name in ("PhoneNumbers", "SignName", "TemplateCode", "TemplateParam")}


@pytest.mark.parametrize(
    ("secret", "headers", "query", "expected"),
    [
        ("YourAccessKeySecret", ACS3, INSTANCES, "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"),
        ("testSecret", ACS3_SEND, SMS_QUERY, "769ea4ad603abee2225ea73700cd90e6b69c3c3e6ded457e23a9c8d6aefda3fb"),
    ],
    ids=["4", "5"],
)
def test_aliyun_signatures_of_version_3(
    secret: str, headers: dict[str, str], query: dict[str, str], expected: str
) -> None:
    assert acs3_signature(secret, "POST", query, headers, sorted(headers), b"") == expected


# ---- docs/his-interface.md sections 1 and 7 to 11 ---------------------------------------------------------------------------------------------------------


def test_his_signatures() -> None:
    secret, path, nonce = "zhenfu-demo-secret", "/hospital/v1/trade.check", "0123456789abcdef"
    asked = b'{"out_trade_no":"ZF20231115ABCDEFGHJKMNPQ"}'
    told = b'{"code":"OK","message":"","data":{"found":false}}'
    request = request_signature(secret, path, "1700000000", nonce, asked)
    answer = answer_signature(secret, path, "1700000001", nonce, told)
    assert request == "8361026db0f2c9323a5ff6de2dc3ebda8921077d943cd90b2f223fb998001487"
    assert answer == "45e1147d02dcb833987b2cb912d0ae548d229c7f42030ae964ac551f3fd5fd59"


@pytest.mark.parametrize(
    ("section", "paths"),
    [
        ("## 7.", ["/hospital/v1/statement.day"]),
        ("## 8.", ["/hospital/v1/deposit.confirm", "/his/v1/wristband.make"]),
        (
            "## 9.",
            [
                "/hospital/v1/reg.lock",
                "/his/v1/reg.changed",
                *(
                    f"/hospital/v1/reg.{name}"
                    for name in ("doctors", "records", "queue", "check_in", "slots", "wait", "waits")
                ),
                "/hospital/v1/reg.reserve",
                "/his/v1/reg.paid",
                "/his/v1/reg.offered",
            ],
        ),
        ("## 10.", ["/hospital/v1/report.detail"]),
        ("## 11.", [f"/hospital/v1/old_balance.{name}" for name in ("query", "list", "list")]),
    ],
)
def test_the_vectors_of_functions_are_those_of_the_page(section: str, paths: list[str]) -> None:
    whole = (Path(__file__).resolve().parents[2] / "docs/his-interface.md").read_text("utf-8")
    page = whole.partition(section)[2].partition("\n## ")[0]
    bodies = re.findall(r"^```\n(.+?)\n```$", page, re.M)
    secret, nonce = "zhenfu-demo-secret", "0123456789abcdef"
    expected = []
    for path, asked, told in zip(paths, bodies[::2], bodies[1::2], strict=True):
        expected.append(request_signature(secret, path, "1700000000", nonce, asked.encode()))
        expected.append(answer_signature(secret, path, "1700000001", nonce, told.encode()))
    assert re.findall(r"`([0-9a-f]{64})`", page) == expected
