"""Each wrong variable of the installation is one sentence that names it; a secret's value is never in one."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from settings import ROOT, SettingsError, load_settings
from tests.support.settings import PRODUCTION, SECRET, settings_of


def test_without_settings_it_is_the_demo() -> None:
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
