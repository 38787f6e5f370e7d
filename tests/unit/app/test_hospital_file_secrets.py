"""Where the secrets of a hospital's file come from, and what production refuses of the file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from server.app.configuration.hospital_file import read_hospital_file
from settings import ROOT
from tests.support.settings import SECRET, good_hospital, put, sentences_for, written


def test_secret_by_environment_and_by_file(folder: Path) -> None:
    content = good_hospital()
    (folder / "apiv3").write_text(f"{SECRET}\n")
    put(content, "wechat.pay.apiv3_key", "file:apiv3")
    put(content, "his.keys", {"k1": "env:HIS_KEY"})
    hospital = read_hospital_file(written(folder, content), {"HIS_KEY": SECRET})
    assert hospital.wechat.pay is not None
    assert hospital.wechat.pay.apiv3_key.get_secret_value() == SECRET
    assert hospital.his.keys["k1"].get_secret_value() == SECRET


@pytest.mark.parametrize(
    ("place", "value", "sentence"),
    [
        ("his.base_url", "http://his.example.com", "his.base_url must begin with https:// in production"),
        ("wechat.pay.api_base", "http://localhost:8889", "wechat.pay.api_base must begin with https://"),
        (
            "wechat.pay.api_base",
            "https://api.mch.weixin.qq.com.example.org",
            "leads to api.mch.weixin.qq.com.example.org, which is no official host",
        ),
        (
            "wechat.official_account.authorize_base",
            "https://open.example.org",
            "authorize_base leads to open.example.org",
        ),
        ("sms.endpoint", "http://dysmsapi.aliyuncs.com", "sms.endpoint must begin with https://"),
        (
            "alipay.gateway_url",
            "https://openapi.example.org/gateway.do",
            "alipay.gateway_url leads to openapi.example.org",
        ),
        ("alipay.authorize_base", "http://openauth.alipay.com", "alipay.authorize_base must begin with https://"),
    ],
)
def test_production_leads_only_to_official_or_listed_hosts(folder: Path, place: str, value: str, sentence: str) -> None:
    content = good_hospital()
    put(content, place, value)
    path = written(folder, content)
    assert read_hospital_file(path, {}).id == "renmin"  # outside production anything goes
    assert sentence in sentences_for(path, production=True)[0]
    content["allowed_hosts"] = [urlsplit(value).hostname]
    assert read_hospital_file(written(folder, content), {}, production=True).id == "renmin"


def test_example_file_is_right_once_its_secrets_are_there(folder: Path, pems: tuple[str, str]) -> None:
    text = (ROOT / "hospitals" / "example.toml").read_text("utf-8")
    content = tomllib.loads(text)
    (folder / "keys").mkdir()
    (folder / content["wechat"]["pay"]["private_key_file"]).write_text(pems[0])
    (folder / content["alipay"]["private_key_file"]).write_text(pems[0])
    for name in (*content["wechat"]["pay"]["public_keys"].values(), *content["alipay"]["alipay_keys"]):
        (folder / name).write_text(pems[1])
    for private in (content["wechat"]["pay"]["private_key_file"], content["alipay"]["private_key_file"]):
        (folder / private).chmod(0o600)
    path = folder / "renmin.toml"
    path.write_text(text, "utf-8")
    names = ("WECHAT_SECRET", "WECHAT_TOKEN", "APIV3_KEY", "SMS_SECRET", "SMS_RECEIPT_SECRET", "HIS_KEY")
    environ = {
        **{f"RENMIN_{name}": SECRET for name in names},
        "RENMIN_MINI_PROGRAM_SECRET": SECRET,
        "RENMIN_WECHAT_AES_KEY": "a" * 43,
    }
    assert read_hospital_file(path, environ, production=True).prefix == "RM"


@pytest.mark.parametrize("name", ["renmin.toml", "private.pem", "his_key"])
def test_production_refuses_a_file_with_secrets_that_others_may_read(folder: Path, name: str) -> None:
    (folder / "his_key").write_text(SECRET)
    (folder / "his_key").chmod(0o600)
    content = {**good_hospital(), "his": {**good_hospital()["his"], "keys": {"k1": "file:his_key"}}}
    path = written(folder, content)
    assert read_hospital_file(path, {}, production=True)
    (folder / name).chmod(0o640)
    assert read_hospital_file(path, {})
    for sentence in sentences_for(path, production=True):
        assert f"other users of this machine may read: chmod 600 {folder / name}" in sentence
        assert SECRET not in sentence


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("A1b2C3d4E5f6G7h8", "his.keys.k1 must have at least 32 characters in production, but has 16"),
        ("ab" * 20, "his.keys.k1 can be guessed; make one with: openssl rand -hex 32"),
        ("zhenfu-A1b2C3d4E5f6G7h8-hospital-key", "his.keys.k1 can be guessed"),
    ],
)
def test_production_refuses_a_weak_key_of_the_his(folder: Path, key: str, sentence: str) -> None:
    path = written(folder, {**good_hospital(), "his": {**good_hospital()["his"], "keys": {"k1": key}}})
    assert read_hospital_file(path, {})
    (told,) = sentences_for(path, production=True)
    assert sentence in told
    assert key not in told
