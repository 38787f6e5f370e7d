"""Each wrong setting of a hospital's file is one sentence that names it, with an example; a secret's value is never in one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from server.app.configuration import hospital_file
from server.app.configuration.hospital_file import DESCRIPTION_BYTES_MAX, read_hospital_file
from server.payments.purposes.bills.model import description_of
from server.platforms.wechat.pay import channel
from tests.support.settings import SECRET, good_hospital, put, sentences_for, written


def test_good_file_is_read_whole(folder: Path) -> None:
    hospital = read_hospital_file(written(folder, good_hospital()), {}, production=True)
    assert hospital.wechat.pay is not None
    assert hospital.wechat.pay.apiv3_key.get_secret_value() == SECRET
    assert hospital.wechat.pay.private_key_file == folder / "private.pem"
    assert hospital.wechat.pay.serial_no == "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB"
    assert hospital.his.base_url == "https://his.example.org/zhenfu"
    assert hospital.declared_menu() == {
        "button": [{"name": "缴费", "type": "view", "url": "{public_url}/h/{hospital}/bills"}]
    }
    assert SECRET not in repr(hospital)
    assert SECRET not in hospital.model_dump_json()


@pytest.mark.parametrize(
    ("place", "value", "sentence"),
    [
        ("prefix", "rm", 'prefix must be 2 to 6 capital letters and digits. For example: prefix = "RM"'),
        ("id", None, 'id is missing. For example: id = "renmin" （缺少这一项）'),
        ("nmae", "x", "nmae is no setting of Zhenfu; did you mean name?"),
        (
            "wechat.pay.mch_id",
            1900000001,
            'wechat.pay.mch_id must be text in quotes. For example: wechat.pay.mch_id = "1900000001"',
        ),
        (
            "wechat.pay.apiv3_key",
            "short",
            "wechat.pay.apiv3_key must have 32 characters, but has 5. For example: wechat.pay.apiv3_key = ",
        ),
        (
            "wechat.official_account.encoding_aes_key",
            SECRET,
            "wechat.official_account.encoding_aes_key must have 43 characters, but has 32.",
        ),
        ("wechat.official_account.secret", "", "wechat.official_account.secret must not be empty."),
        (
            "wechat.official_account.secret",
            "env:NOT_THERE",
            "secret points to the environment variable NOT_THERE, which is not set.",
        ),
        ("wechat.official_account.secret", "file:nowhere", "nowhere, which does not exist."),
        (
            "wechat.pay.private_key_file",
            "public.pem",
            "wechat.pay.private_key_file points to a public key, but the private key is wanted",
        ),
        (
            "wechat.pay.public_keys",
            {"PUB_KEY_ID_0119": "private.pem"},
            "wechat.pay.public_keys.PUB_KEY_ID_0119 points to a private key, but the platform's public key or certificate",
        ),
        ("wechat.pay.public_keys", {}, "wechat.pay.public_keys must have at least 1 entries."),
        (
            "wechat.templates.card_code",
            {"template_id": "x", "keywords": {"thing1": "code"}},
            "wechat.templates.card_code must be 'payment_booked',",
        ),
        (
            "wechat.templates.payment_booked.keywords",
            {"thing1": "phone"},
            "wechat.templates.payment_booked.keywords.thing1 must be 'hospital',",
        ),
        (
            "sms.templates.card_code.template_code",
            "154",
            "sms.templates.card_code.template_code must be SMS_ and digits.",
        ),
        ("sms.receipt_secret", "short", "sms.receipt_secret must have at least 24 characters, but has 5."),
        ("sms.endpoint", "dysmsapi.aliyuncs.com", "sms.endpoint must be an address that begins with https://"),
        ("alipay.app_id", "wx0123", "alipay.app_id must be 16 to 32 digits."),
        ("alipay.seller_id", "1900000001", "alipay.seller_id must be 16 digits that begin with 2088."),
        ("alipay.mode", "keyless", "alipay.mode must be 'public_key' or 'certificate'."),
        ("alipay.mode", "certificate", "needs app_certificate_file and root_certificates_file"),
        ("alipay.alipay_keys", [], "alipay.alipay_keys must have 1 to 8 entries, but has 0."),
        (
            "alipay.alipay_keys",
            ["private.pem"],
            "alipay.alipay_keys[1] points to a private key, but the platform's public key",
        ),
        ("alipay.app_certificate_file", "public.pem", "alipay.app_certificate_file points to a file that holds no"),
        (
            "alipay.templates.payment_booked.keywords",
            {"thing1": "hospital"},
            "alipay.templates.payment_booked.keywords.thing1 must be first, remark, or keyword1, keyword2",
        ),
        (
            "his",
            None,
            'his is missing. For example: [his] with base_url = "https://his.example.org/zhenfu", key_id = "zhenfu-2026"',
        ),
        ("his.base_url", None, 'his.base_url is missing. For example: his.base_url = "https://his.example.org/zhenfu"'),
        (
            "his.base_url",
            f"https://me:{SECRET}@his.example.org/",
            "his.base_url must be an address without ?, # and login.",
        ),
        ("his.key_id", "k2", "his has a key_id that is not among its keys."),
        ("his.presettle", "perhaps", "his.presettle must be true or false. For example: his.presettle = true"),
        ("menu", {"button": [{"name": "缴费", "type": "view"}]}, 'menu.button[1] has type = "view" and needs a url.'),
        ("menu", {"button": [{"name": "缴"}]}, 'menu.button[1] needs type = "click" or "view".'),
        (
            "menu",
            {"button": [{"name": "一二三四五六", "type": "click", "key": "k"}]},
            "menu.button[1] has a name of more than 16 bytes",
        ),
        (
            "sms.linked",
            {"payment_booked": {"template_code": "SMS_2", "link_variable": "path"}},
            "sms has linked.payment_booked without templates.payment_booked, which is sent where there is no link.",
        ),
        (
            "sms",
            {
                "access_key_id": "LTAI",
                "access_key_secret": SECRET,
                "sign_name": "示例医院",
                "receipt_secret": SECRET,
                "templates": {"payment_booked": {"template_code": "SMS_1"}},
                "linked": {"payment_booked": {"template_code": "SMS_2", "link_variable": "path"}},
            },
            "has [sms.linked] without [wechat.miniprogram], into which the links lead.",
        ),
        (
            "sms.linked",
            {"payment_booked": {"template_code": "SMS_2", "link_variable": "path", "address": "wxaurl.cn"}},
            "sms.linked.payment_booked.address must be https://, a host, and a path",
        ),
        (
            "sms.linked",
            {"card_code": {"template_code": "SMS_2", "link_variable": "path"}},
            "sms.linked.card_code must be 'payment_booked',",
        ),
        ("refunds", {"alone_days": -1}, "refunds.alone_days must be at least 0. For example: refunds.alone_days = 7"),
        ("refunds", {"valid_hours": 999}, "refunds.valid_hours must be at most 168."),
        ("refunds", {"valid_hours": "24"}, "refunds.valid_hours must be a whole number."),
        ("refunds", {"alone": 7}, "refunds.alone is no setting of Zhenfu; did you mean refunds.alone_days?"),
        (
            "wechat.templates",
            {"payment_booked": {"template_id": "T1", "keywords": {"thing1": "time", "time2": "guide"}}},
            'wechat.templates.payment_booked.keywords has time2 = "guide", but WeChat takes only day or time there.',
        ),
        ("name", "长" * 39, "has a name of 117 bytes, but at most 114 fit into the description of a WeChat payment"),
        (
            "sms.templates",
            {"card_code": {"template_code": "SMS_1", "value_chars_max": 3}},
            "value_chars_max must be at least 6.",
        ),
        ("wechat.official_account", None, "wechat has [wechat.pay] without [wechat.official_account]"),
    ],
)
def test_wrong_setting_is_a_sentence(folder: Path, place: str, value: object, sentence: str) -> None:
    content = good_hospital()
    put(content, place, value)
    found = sentences_for(written(folder, content))
    assert len(found) == 1
    assert sentence in found[0]


def test_a_key_that_is_ours_is_no_platform_s(folder: Path) -> None:
    """The merchant's own key or certificate, and Alipay's 应用公钥, are what is pasted by mistake."""
    own = serialization.load_pem_private_key((folder / "private.pem").read_bytes(), None).public_key()
    pem = own.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (folder / "public.pem").write_bytes(pem)
    content = good_hospital()
    found = sentences_for(written(folder, content))
    assert any("has the merchant's own certificate as public_keys" in sentence for sentence in found)
    assert any("应用公钥" in sentence for sentence in found) == ("alipay" in content)


def test_the_longest_name_fits_into_every_payment(folder: Path) -> None:
    """A Chinese character has three bytes; a hospital without WeChat Pay is not bound by it."""
    content = good_hospital()
    content["name"] = "长" * 38
    read_hospital_file(written(folder, content), os.environ)
    assert len(description_of(content["name"]).encode()) <= DESCRIPTION_BYTES_MAX


def test_the_limit_in_the_file_is_the_channel_s() -> None:
    assert hospital_file.DESCRIPTION_BYTES_MAX == channel.DESCRIPTION_BYTES_MAX


def test_all_wrong_settings_of_a_file_are_told_at_once(folder: Path) -> None:
    content = good_hospital()
    for place, value in (
        ("prefix", "R"),
        ("wechat.pay.mch_id", "x"),
        ("his.base_url", "ftp://x"),
        ("sms.sign_name", None),
    ):
        put(content, place, value)
    assert [sentence.split()[0] for sentence in sentences_for(written(folder, content))] == [
        "prefix",
        "wechat.pay.mch_id",
        "sms.sign_name",
        "his.base_url",
    ]


def test_no_toml_is_a_sentence(folder: Path) -> None:
    path = folder / "broken.toml"
    path.write_text(f'id = "renmin"\nsecret = "{SECRET}\n', "utf-8")
    assert sentences_for(path)[0].startswith("this is no TOML: ")
