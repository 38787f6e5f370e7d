"""Every setting, read and checked once. Environment variables ``ZHENFU_*``, ``.env``, a service manager's secrets; one TOML file per hospital.

A wrong setting is a sentence that names it (``SettingsError.sentences``); a secret's value is never part of one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from server.app.configuration.database_uri import check_database_uri, is_on_this_machine
from server.app.configuration.fields import check_url
from server.app.configuration.hospital_file import HospitalFile
from server.app.configuration.hospitals import read_hospitals
from server.app.configuration.keyring import DEMO, KeyringFile, first_keyring, read_keyring
from server.app.configuration.sentences import Path as Place
from server.app.configuration.sentences import SettingsError, Spelling, sentences_of

__all__ = ["HospitalFile", "KeyringFile", "Settings", "SettingsError", "load_hospitals", "load_settings"]

ROOT = Path(__file__).resolve().parent
PREFIX = "ZHENFU_"
DOTENV = ROOT / ".env"
SECRETS_FOLDER = "CREDENTIALS_DIRECTORY"
"""systemd's name for the folder with a file for each secret; a file is named like its variable, in small letters."""
MISSPELT_CUTOFF = 0.85


class Settings(BaseSettings):
    """Settings of one installation. Fields are named like their variables without ``ZHENFU_``."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=DOTENV,
        env_ignore_empty=True,
        dotenv_filtering="only_existing",
        secrets_dir=os.environ.get(SECRETS_FOLDER),
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    environment: Literal["demo", "development", "production"] = Field(
        default="demo", validate_default=True, examples=["production"]
    )
    port: int = Field(default=8888, ge=1, le=65535, examples=["8888"])
    sandbox_port: int = Field(default=8889, ge=1, le=65535, examples=["8889"])
    bind_address: str = Field(default="127.0.0.1", min_length=1, examples=["127.0.0.1"])
    xheaders: bool = Field(
        default=None, validate_default=True, examples=["true"]
    )  # is there a proxy that sets X-Real-Ip?
    public_url: str = Field(default="", validate_default=True, examples=["https://pay.example.org"])
    data_dir: Path = Field(default=ROOT / "var", validate_default=True, examples=["var"])
    hospitals_dir: Path = Field(default=Path(), validate_default=True, examples=["/etc/zhenfu/hospitals"])
    keyring_file: Path = Field(default=Path(), validate_default=True, examples=["/etc/zhenfu/keyring.toml"])
    database_uri: SecretStr | None = Field(
        default=None, validate_default=True, examples=["mongodb://zhenfu:…@db1,db2,db3/zhenfu?replicaSet=rs0&tls=true"]
    )
    payment_expiry_minutes: int = Field(default=15, ge=1, le=15, examples=["15"])
    qr_valid_days: int = Field(default=30, ge=1, le=365, examples=["30"])
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", examples=["info"])
    pages_at_once: int = Field(default=128, ge=1, le=4096, examples=["128"])  # per process; more are told to come again
    requests_per_person: int = Field(default=240, ge=60, le=100_000, examples=["240"])  # a minute, per process
    effect_lease_seconds: int = Field(default=60, ge=5, le=600, examples=["60"])  # a dead worker's work waits this long
    clock_off_seconds_max: int = Field(default=5, ge=1, le=60, examples=["5"])  # a process farther off refuses to work
    worker_concurrency: int = Field(default=32, ge=1, le=256, examples=["32"])
    serve_processes: int = Field(default=1, ge=1, le=64, examples=["4"])
    share_port: bool = Field(default=False, examples=["true"])  # other processes of this server listen on it too

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given in code, else the environment, else ``.env``, else a service manager's folder of secrets."""
        in_code = init_settings.init_kwargs if isinstance(init_settings, InitSettingsSource) else {}
        given = in_code.pop("environ", None)
        sources = (env_settings, dotenv_settings) if given is None else (GivenVariables(settings_cls, given),)
        return init_settings, *sources, file_secret_settings, _misspelt(settings_cls, sources)

    @field_validator("xheaders", mode="before")
    @classmethod
    def _says_whether_there_is_a_proxy(cls, value: object, info: ValidationInfo) -> object:
        """Unsaid, everybody behind a proxy would be one address, and one stranger could use up everybody's limits."""
        if value is None and info.data.get("environment") == "production":
            raise ValueError(
                "is missing: say true if browsers reach this server through a proxy that sets X-Real-Ip itself, "
                "or false if they reach it directly"
            )
        return False if value is None else value

    @field_validator("xheaders")
    @classmethod
    def _only_the_proxy_reaches_us(cls, value: bool, info: ValidationInfo) -> bool:
        bind = str(info.data.get("bind_address", ""))
        if value and info.data.get("environment") == "production" and not _is_inside(bind):
            raise ValueError(
                "believes what X-Real-Ip says, and ZHENFU_BIND_ADDRESS lets anybody say it; "
                "listen where only the proxy comes in: ZHENFU_BIND_ADDRESS=127.0.0.1, or its private address"
            )
        return value

    @field_validator("public_url")
    @classmethod
    def _public_url(cls, value: str, info: ValidationInfo) -> str:
        production = info.data.get("environment") == "production"
        if not value:
            if production:
                raise ValueError("is missing: where patients reach this server")
            return f"http://localhost:{info.data.get('port', 8888)}"
        if production and not value.startswith("https://"):
            raise ValueError("must begin with https:// because environment is production")
        return check_url(value)

    @field_validator("data_dir")
    @classmethod
    def _data_dir(cls, value: Path) -> Path:
        return (ROOT / value).resolve()

    @field_validator("hospitals_dir", "keyring_file")
    @classmethod
    def _inside_data_dir(cls, value: Path, info: ValidationInfo) -> Path:
        default = {"hospitals_dir": "hospitals", "keyring_file": "keyring.toml"}[str(info.field_name)]
        data_dir: Path = info.data.get("data_dir", ROOT / "var")
        return data_dir / default if value == Path() else (ROOT / value).resolve()

    @field_validator("database_uri")
    @classmethod
    def _database(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        environment = info.data.get("environment")
        if value is None or not value.get_secret_value():
            if environment == "production":
                raise ValueError("is missing: production runs on a MongoDB replica set, never on the embedded database")
            return None
        if not value.get_secret_value().startswith(("mongodb://", "mongodb+srv://")):
            raise ValueError("must begin with mongodb:// or mongodb+srv://")
        if environment == "production":
            check_database_uri(value.get_secret_value())
        if environment == "demo" and not is_on_this_machine(value.get_secret_value()):
            raise ValueError(
                "leads to another machine, which the demo never touches; "
                "leave it out, or set ZHENFU_ENVIRONMENT=development or production"
            )
        return value

    @cached_property
    def keyring(self) -> KeyringFile:
        """The sealing keys. The demo makes its own on this machine; everybody else makes them on purpose."""
        if self.environment == "demo" and not self.keyring_file.exists():
            return first_keyring(self.keyring_file, made_by=DEMO)
        keyring = read_keyring(self.keyring_file)
        if self.environment == "production" and keyring.made_by == DEMO:
            raise SettingsError(
                [
                    f"{self.keyring_file}: this keyring was made by the demo; make one for real money: "
                    "ZHENFU_KEYRING_FILE=/etc/zhenfu/keyring.toml python run.py keyring （演示的密钥不能用于正式运行）"
                ]
            )
        return keyring

    def for_child(self) -> dict[str, str]:
        """The environment of a child process that must see exactly these settings."""
        plain = {name: getattr(self, name) for name in type(self).model_fields}
        written = {
            name: value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            for name, value in plain.items()
            if value is not None
        }
        return {**os.environ, **{f"{PREFIX}{name.upper()}": value for name, value in written.items()}}


def _is_inside(address: str) -> bool:
    """An address of this machine or of a private network; not all of them at once."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address == "localhost"
    return (ip.is_loopback or ip.is_private) and not ip.is_unspecified


def _readable_secrets(settings: Settings) -> list[str]:
    """``.env`` may hold the database's password and what hospitals' files point to."""
    if settings.environment == "production" and DOTENV.exists() and DOTENV.stat().st_mode & 0o077:
        return [f"{DOTENV}: other users of this machine may read this file. For example: chmod 600 {DOTENV}"]
    return []


class GivenVariables(EnvSettingsSource):
    """The variables of a mapping, in the place of the environment and of ``.env``."""

    def __init__(self, settings_cls: type[BaseSettings], environ: Mapping[str, str]) -> None:
        super().__init__(settings_cls)
        self.env_vars = {name.lower(): value for name, value in environ.items() if value}


def _misspelt(
    settings: type[BaseSettings], sources: Sequence[PydanticBaseSettingsSource]
) -> PydanticBaseSettingsSource:
    """Variables whose names are nearly a setting's are handed on, so that they are refused as settings that there are none of."""
    prefix = PREFIX.lower()
    known = [prefix + name for name in settings.model_fields]
    names = {name for each in sources if isinstance(each, EnvSettingsSource) for name in each.env_vars} - set(known)
    own = sorted(name for name in names if name.startswith(prefix))
    near = [name.removeprefix(prefix) for name in own if get_close_matches(name, known, n=1, cutoff=MISSPELT_CUTOFF)]
    return InitSettingsSource(settings, dict.fromkeys(near))


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """``environ`` replaces the environment and ``.env``. Raises SettingsError with a sentence for each wrong setting."""
    given: dict[str, Any] = {} if environ is None else {"environ": environ}
    try:
        settings = Settings(**given)
    except ValidationError as error:
        raise SettingsError(sentences_of(error, Settings, "environment", Spelling(_variable, gives="="))) from None
    if environ is None and (readable := _readable_secrets(settings)):
        raise SettingsError(readable)
    return settings


def _variable(place: Place) -> str:
    return PREFIX + "_".join(str(part) for part in place).upper()


def load_hospitals(settings: Settings, environ: Mapping[str, str] | None = None) -> tuple[HospitalFile, ...]:
    """Every hospital's file, checked each by itself and all together. ``environ`` replaces the environment and ``.env``, into which
    the files point (``env:NAME``). Raises SettingsError with all sentences.
    """
    if environ is None:
        sources = [kind(Settings, case_sensitive=True) for kind in (DotEnvSettingsSource, EnvSettingsSource)]
        environ = {name: value for each in sources for name, value in each.env_vars.items() if value is not None}
    return read_hospitals(settings.hospitals_dir, settings.environment, environ)
