"""Each wrong setting is one sentence that names it, with an example; a secret's value is never in one."""

from __future__ import annotations

import base64
import os
import tomllib
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from server.app.configuration import hospital_file
from server.app.configuration.hospital_file import DESCRIPTION_BYTES_MAX, HospitalFile, read_hospital_file
from server.app.configuration.hospitals import DEMO_MARK
from server.app.configuration.keyring import add_key, read_keyring
from server.app.demo.hospital import as_toml
from server.payments.purposes.bills.model import description_of
from server.platforms.wechat.pay import channel
from settings import ROOT, Settings, SettingsError, load_hospitals, load_settings

SECRET = "NeverPrintThis0123456789abcdefgh"


@pytest.fixture(scope="module")
def pems() -> tuple[str, str]:
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    platform = rsa.generate_private_key(65537, 2048)
    public = platform.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


@pytest.fixture
def folder(tmp_path: Path, pems: tuple[str, str]) -> Path:
    (tmp_path / "private.pem").write_text(pems[0])
    (tmp_path / "private.pem").chmod(0o600)
    (tmp_path / "public.pem").write_text(pems[1])
    return tmp_path


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


# ---- a hospital's file -----------------------------------------------------------------------------------------------


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


# ---- the installation ------------------------------------------------------------------------------------------------


def settings_of(**variables: str) -> Settings:
    return load_settings({f"ZHENFU_{name.upper()}": value for name, value in variables.items()})


def test_defaults() -> None:
    settings = settings_of()
    assert (settings.environment, settings.port, settings.sandbox_port) == ("demo", 8888, 8889)
    assert settings.public_url == "http://localhost:8888"
    assert settings.data_dir == ROOT / "var"
    assert settings.hospitals_dir == ROOT / "var" / "hospitals"
    assert settings.database_uri is None


def test_folders_follow_the_data_folder(tmp_path: Path) -> None:
    settings = settings_of(data_dir=str(tmp_path), port="9000")
    assert settings.hospitals_dir == tmp_path / "hospitals"
    assert settings.keyring_file == tmp_path / "keyring.toml"
    assert settings.public_url == "http://localhost:9000"


PRODUCTION = {
    "environment": "production",
    "public_url": "https://pay.example.org",
    "database_uri": f"mongodb://zhenfu:{SECRET}@db.example.org/zhenfu?tls=true",
    "xheaders": "true",
}


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"port": "http"}, "environment: ZHENFU_PORT must be a whole number. For example: ZHENFU_PORT=8888"),
        ({"port": "70000"}, "environment: ZHENFU_PORT must be at most 65535. For example: ZHENFU_PORT=8888"),
        ({"payment_expiry_minutes": "16"}, "environment: ZHENFU_PAYMENT_EXPIRY_MINUTES must be at most 15."),
        ({"environment": "prod"}, "environment: ZHENFU_ENVIRONMENT must be 'demo', 'development' or 'production'."),
        ({**PRODUCTION, "xheaders": ""}, "environment: ZHENFU_XHEADERS is missing: say true if browsers reach"),
        (
            {**PRODUCTION, "bind_address": "0.0.0.0"},
            "environment: ZHENFU_XHEADERS believes what X-Real-Ip says, and ZHENFU_BIND_ADDRESS lets anybody say it",
        ),
        ({**PRODUCTION, "bind_address": "::"}, "environment: ZHENFU_XHEADERS believes what X-Real-Ip says"),
        ({**PRODUCTION, "bind_address": "8.8.8.8"}, "environment: ZHENFU_XHEADERS believes what X-Real-Ip says"),
        ({"xheaders": "perhaps"}, "environment: ZHENFU_XHEADERS must be true or false."),
        ({"prot": "80"}, "environment: ZHENFU_PROT is no setting of Zhenfu; did you mean ZHENFU_PORT?"),
        (
            {"database_uri": f"mysql://me:{SECRET}@localhost"},
            "environment: ZHENFU_DATABASE_URI must begin with mongodb://",
        ),
        (
            {"database_uri": f"mongodb://me:{SECRET}@db.example.org"},
            "environment: ZHENFU_DATABASE_URI leads to another machine",
        ),
        (
            {"database_uri": "mongodb://localhost:1,db.example.org:2"},
            "environment: ZHENFU_DATABASE_URI leads to another machine",
        ),
        ({"database_uri": "mongodb+srv://localhost"}, "environment: ZHENFU_DATABASE_URI leads to another machine"),
        (
            {**PRODUCTION, "public_url": "http://pay.example.org"},
            "environment: ZHENFU_PUBLIC_URL must begin with https://",
        ),
        ({**PRODUCTION, "public_url": ""}, "environment: ZHENFU_PUBLIC_URL is missing"),
        (
            {**PRODUCTION, "public_url": "https://pay.example.org/?a=1"},
            "environment: ZHENFU_PUBLIC_URL must be an address without ?",
        ),
        ({**PRODUCTION, "database_uri": ""}, "environment: ZHENFU_DATABASE_URI is missing"),
        *(
            ({**PRODUCTION, "database_uri": uri}, f"environment: ZHENFU_DATABASE_URI {said}")
            for uri, said in (
                (
                    f"mongodb://me:{SECRET}@db1,db2/zhenfu?replicaSet=rs0",
                    "leads over the network in clear; add tls=true",
                ),
                (f"mongodb://me:{SECRET}@localhost,db2/?tls=false", "leads over the network in clear"),
                (f"mongodb+srv://me:{SECRET}@db.example.org/?tls=false", "leads over the network in clear"),
                (f"mongodb://me:{SECRET}@db1/?tls=true&tlsInsecure=true", "leads to a server whose certificate nobody"),
                ("mongodb://db1,db2/?tls=true", "has no login"),
                ("mongodb://me@db1/?ssl=true", "has no login"),
                ("mongodb+srv://db.example.org/", "has no login"),
            )
        ),
    ],
)
def test_wrong_variable_is_a_sentence(variables: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings_of(**variables)
    assert len(caught.value.sentences) == 1
    assert caught.value.sentences[0].startswith(sentence)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "uri",
    [
        "mongodb://127.0.0.1:27017/zhenfu",
        "mongodb://localhost,[::1]:27018/?replicaSet=rs0",
        "mongodb://%2Ftmp%2Fmongodb-27017.sock/zhenfu",
        f"mongodb://me:{SECRET}@db1,db2/zhenfu?replicaSet=rs0&tls=true",
        f"mongodb+srv://me:{SECRET}@db.example.org/",
        "mongodb://db1/?tls=true&authMechanism=MONGODB-X509&tlsCertificateKeyFile=/etc/zhenfu/db.pem",
    ],
)
def test_a_database_that_is_encrypted_and_asks_for_a_login_or_stays_on_this_machine(uri: str) -> None:
    assert settings_of(**{**PRODUCTION, "database_uri": uri}).database_uri


def test_production_says_whether_there_is_a_proxy() -> None:
    for bind in ("127.0.0.1", "10.2.3.4", "::1", "localhost"):
        assert settings_of(**PRODUCTION, bind_address=bind).xheaders is True
    assert settings_of(**{**PRODUCTION, "xheaders": "false"}, bind_address="0.0.0.0").xheaders is False
    assert settings_of(bind_address="0.0.0.0", xheaders="true").xheaders is True, (
        "outside production it is one's own risk"
    )
    assert settings_of().xheaders is False


def test_all_wrong_variables_are_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        settings_of(port="x", log_level="loud", qr_valid_days="0", prot="1")
    assert len(caught.value.sentences) == 4


def test_child_sees_the_same_settings(tmp_path: Path) -> None:
    uri = "mongodb://127.0.0.1:27017/?w=majority"
    settings = settings_of(data_dir=str(tmp_path), port="9000", database_uri=uri, xheaders="true")
    child = load_settings({name: value for name, value in settings.for_child().items() if name.startswith("ZHENFU_")})
    assert child == settings
    assert uri not in repr(settings)


# ---- the hospitals together ------------------------------------------------------------------------------------------


@pytest.fixture
def hospitals(folder: Path) -> Callable[..., tuple[HospitalFile, ...]]:
    def load(environment: str = "development", **contents: dict[str, Any]) -> tuple[HospitalFile, ...]:
        for name, content in contents.items():
            written(folder, content, f"{name}.toml")
        return load_hospitals(settings_of(environment=environment, hospitals_dir=str(folder)), {})

    return load


def test_two_hospitals(hospitals: Callable[..., tuple[HospitalFile, ...]]) -> None:
    other = {
        **good_hospital(),
        "id": "zhongyi",
        "prefix": "ZY",
        "his": {"base_url": "http://his", "key_id": "k2", "keys": {"k2": SECRET}},
    }
    assert [each.id for each in hospitals(one=good_hospital(), two=other)] == ["renmin", "zhongyi"]


def test_what_tells_hospitals_apart_must_differ(hospitals: Callable[..., tuple[HospitalFile, ...]]) -> None:
    with pytest.raises(SettingsError) as caught:
        hospitals(one=good_hospital(), two={**good_hospital(), "prefix": "RM2"})
    told = "\n".join(caught.value.sentences)
    assert len(caught.value.sentences) == 3
    assert "two.toml: id is also used in one.toml" in told
    assert "two.toml: prefix can't be told from the one in one.toml" in told
    assert "two.toml: his.keys has k1, which is also used in one.toml" in told


def test_wrong_settings_of_all_files_are_told_at_once(hospitals: Callable[..., tuple[HospitalFile, ...]]) -> None:
    with pytest.raises(SettingsError) as caught:
        hospitals(one={**good_hospital(), "prefix": "x"}, two={**good_hospital(), "id": "X"})
    assert len(caught.value.sentences) == 2


def test_no_hospital_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"there is no hospital's file; start from hospitals/example\.toml"):
        load_hospitals(settings_of(hospitals_dir=str(tmp_path)), {})


def test_nothing_of_the_demo_beside_anything_real(folder: Path) -> None:
    path = written(folder, good_hospital())
    with pytest.raises(SettingsError, match=r"renmin\.toml: this file was not written by the demo"):
        load_hospitals(settings_of(hospitals_dir=str(folder)), {})
    path.write_text(f"{DEMO_MARK}\n{path.read_text('utf-8')}", "utf-8")
    with pytest.raises(SettingsError, match=r"leads to .+, and the demo never leaves this machine") as caught:
        load_hospitals(settings_of(hospitals_dir=str(folder)), {})
    assert len(caught.value.sentences) == 7, "each address that is called, whatever the first line says"
    with pytest.raises(SettingsError, match=r"renmin\.toml: this file was written by the demo"):
        load_hospitals(settings_of(**PRODUCTION, hospitals_dir=str(folder)), {})


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


# ---- the keyring -----------------------------------------------------------------------------------------------------


def test_demo_makes_its_keyring_once_and_private(tmp_path: Path) -> None:
    settings = settings_of(data_dir=str(tmp_path))
    first = settings.keyring
    assert (settings.keyring_file.stat().st_mode & 0o777) == 0o600
    assert settings_of(data_dir=str(tmp_path)).keyring == first
    assert len(first.keys[first.active]) == len(first.lookup) == 32
    assert base64.b64encode(first.lookup).decode() not in repr(first)


def test_production_refuses_the_demo_s_keyring_also_when_it_was_rotated(tmp_path: Path) -> None:
    assert settings_of(data_dir=str(tmp_path)).keyring.made_by == "demo"
    assert add_key(tmp_path / "keyring.toml").made_by == "demo"
    with pytest.raises(SettingsError, match="this keyring was made by the demo"):
        _ = settings_of(**PRODUCTION, data_dir=str(tmp_path)).keyring
    own = tmp_path / "own.toml"
    add_key(own)
    assert settings_of(**PRODUCTION, data_dir=str(tmp_path), keyring_file=str(own)).keyring.active == "k1"


def test_everybody_else_makes_a_keyring_on_purpose(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"there is no keyring; make one with: python run\.py keyring"):
        _ = settings_of(environment="development", data_dir=str(tmp_path)).keyring
    assert list(tmp_path.iterdir()) == []


def test_rotation_keeps_the_old_keys_and_the_lookup_key(tmp_path: Path) -> None:
    path = tmp_path / "keyring.toml"
    old = add_key(path)
    new = add_key(path)
    assert new == read_keyring(path)
    assert (old.active, new.active) == ("k1", "k2")
    assert new.keys["k1"] == old.keys["k1"] != new.keys["k2"]
    assert new.lookup == old.lookup


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("active = ", "this keyring can't be read as TOML"),
        ('active = "k1"', "keys has no key"),
        (f'active = "k2"\n[keys]\nk1 = "{SECRET}"', 'active must name one of keys. For example: active = "k1"'),
        (f'active = "k1"\n[keys]\nk1 = "{SECRET}"', "keys.k1 must be 32 bytes in base64"),
    ],
)
def test_wrong_keyring_is_a_sentence(tmp_path: Path, content: str, sentence: str) -> None:
    path = tmp_path / "keyring.toml"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(SettingsError) as caught:
        read_keyring(path)
    assert sentence in str(caught.value)
    assert SECRET not in str(caught.value)


def test_keyring_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keyring.toml"
    add_key(path)
    os.chmod(path, 0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        read_keyring(path)
