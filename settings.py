"""Every setting, read and checked once. Environment variables ``ZHENFU_*`` and ``.env``; one TOML file per hospital.

A wrong setting is a sentence that names it (``SettingsError.sentences``); a secret's value is never part of one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from server.configuration.fields import check_url
from server.configuration.hospital_file import HospitalFile, read_hospital_file
from server.configuration.keyring import Keyring, add_key, read_keyring
from server.configuration.sentences import Path as Place
from server.configuration.sentences import SettingsError, Spelling, sentences_of

__all__ = ["DEMO_MARK", "HospitalFile", "Keyring", "Settings", "SettingsError", "load_hospitals", "load_settings"]

ROOT = Path(__file__).resolve().parent
PREFIX = "ZHENFU_"
DEMO_MARK = "# Written by Zhenfu's demo on this machine; rewritten at every start."
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Settings(BaseSettings):
    """Settings of one installation. Fields are named like their variables without ``ZHENFU_``."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    environment: Literal["demo", "development", "production"] = Field(default="demo", validate_default=True, examples=["production"])
    port: int = Field(default=8888, ge=1, le=65535, examples=["8888"])
    sandbox_port: int = Field(default=8889, ge=1, le=65535, examples=["8889"])
    bind_address: str = Field(default="127.0.0.1", min_length=1, examples=["0.0.0.0"])
    xheaders: bool = Field(default=False, examples=["true"])  # trust X-Real-Ip: only behind a proxy that sets it
    public_url: str = Field(default="", validate_default=True, examples=["https://pay.example.org"])
    data_dir: Path = Field(default=ROOT / "var", validate_default=True, examples=["var"])
    hospitals_dir: Path = Field(default=Path(), validate_default=True, examples=["/etc/zhenfu/hospitals"])
    keyring_file: Path = Field(default=Path(), validate_default=True, examples=["/etc/zhenfu/keyring.toml"])
    database_uri: SecretStr | None = Field(default=None, validate_default=True, examples=["mongodb://db1,db2,db3/zhenfu?replicaSet=rs0"])
    payment_expiry_minutes: int = Field(default=15, ge=1, le=15, examples=["15"])
    qr_valid_days: int = Field(default=30, ge=1, le=365, examples=["30"])
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", examples=["info"])
    worker_concurrency: int = Field(default=8, ge=1, le=64, examples=["8"])
    serve_processes: int = Field(default=1, ge=1, le=64, examples=["4"])

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what ``load_settings`` hands over: it has read the environment and ``.env`` already, and tests bring their own."""
        return (init_settings,)

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
        if environment == "demo" and not _on_this_machine(value.get_secret_value()):
            raise ValueError("leads to another machine, which the demo never touches; set ZHENFU_ENVIRONMENT=development or production, or leave it out")
        return value

    @cached_property
    def keyring(self) -> Keyring:
        """The sealing keys. The demo makes its own on this machine; everybody else makes them on purpose."""
        if self.environment == "demo" and not self.keyring_file.exists():
            return add_key(self.keyring_file)
        return read_keyring(self.keyring_file)

    def for_child(self) -> dict[str, str]:
        """The environment of a child process that must see exactly these settings."""
        plain = {name: getattr(self, name) for name in type(self).model_fields}
        written = {name: value.get_secret_value() if isinstance(value, SecretStr) else str(value) for name, value in plain.items() if value is not None}
        return {**os.environ, **{f"{PREFIX}{name.upper()}": value for name, value in written.items()}}


def _on_this_machine(uri: str) -> bool:
    hosts = uri.partition("://")[2].partition("/")[0].rpartition("@")[2].split(",")
    return uri.startswith("mongodb://") and all(urlsplit(f"//{host}").hostname in LOOPBACK for host in hosts)


def _environment() -> dict[str, str]:
    """``.env`` beside this file, overruled by the process's own environment."""
    file = ROOT / ".env"
    written = {name: value for name, value in dotenv_values(file).items() if value is not None} if file.exists() else {}
    return {**written, **os.environ}


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings. ``environ`` replaces environment and ``.env``. Raises SettingsError with a sentence for each wrong one."""
    environ = _environment() if environ is None else environ
    fields = Settings.model_fields
    known = {f"{PREFIX}{name.upper()}": name for name in fields}
    given: dict[str, Any] = {known[name]: value for name, value in environ.items() if name in known and value != ""}
    sentences = [
        f"environment: {name} is no setting of Zhenfu; did you mean {close[0]}?"
        for name in sorted(environ)
        if name.startswith(PREFIX) and name not in known and (close := get_close_matches(name, known, n=1, cutoff=0.85))
    ]
    try:
        settings = Settings(**given)
    except ValidationError as error:
        raise SettingsError([*sentences, *sentences_of(error, Settings, "environment", Spelling(_variable, gives="="))]) from None
    if sentences:
        raise SettingsError(sentences)
    return settings


def _variable(place: Place) -> str:
    return PREFIX + "_".join(str(part) for part in place).upper()


def load_hospitals(settings: Settings, environ: Mapping[str, str] | None = None) -> tuple[HospitalFile, ...]:
    """Every hospital's file, checked each by itself and all together. Raises SettingsError with every sentence at once."""
    environ = _environment() if environ is None else environ
    paths = sorted(settings.hospitals_dir.glob("*.toml"))
    if not paths:
        raise SettingsError([f"{settings.hospitals_dir}: there is no hospital's file; start from hospitals/example.toml (ZHENFU_HOSPITALS_DIR)"])
    sentences = misplaced_files(settings)
    hospitals: list[tuple[Path, HospitalFile]] = []
    for path in paths:
        try:
            hospitals.append((path, read_hospital_file(path, environ, production=settings.environment == "production")))
        except SettingsError as error:
            sentences += error.sentences
    sentences += _collisions(hospitals)
    if sentences:
        raise SettingsError(sentences)
    return tuple(hospital for _, hospital in hospitals)


def misplaced_files(settings: Settings) -> list[str]:
    """DESIGN 5.10: the demo never runs beside a real hospital's file, and nothing real beside the demo's."""
    sentences = []
    for path in sorted(settings.hospitals_dir.glob("*.toml")):
        of_demo = is_of_demo(path)
        if settings.environment == "demo" and not of_demo:
            sentences.append(
                f"{path}: this file was not written by the demo, and the demo does not start beside a real hospital. "
                "For example: ZHENFU_DATA_DIR=var-demo for the demo, or ZHENFU_ENVIRONMENT=production for the hospital"
            )
        if settings.environment == "production" and of_demo:
            sentences.append(f"{path}: this file was written by the demo; its keys are play money. Remove it, or set ZHENFU_HOSPITALS_DIR elsewhere")
    return sentences


def is_of_demo(path: Path) -> bool:
    with path.open("r", encoding="utf-8", errors="replace") as file:
        return file.readline(200).rstrip("\n") == DEMO_MARK


def _collisions(hospitals: list[tuple[Path, HospitalFile]]) -> list[str]:
    """What tells hospitals apart must differ: id (URLs), prefix (payment numbers), HIS key ids (who calls our doors)."""
    sentences = []
    for index, (path, one) in enumerate(hospitals):
        for other_path, other in hospitals[:index]:
            if one.id == other.id:
                sentences.append(f'{path}: id is also used in {other_path.name}. For example: id = "{one.id}-2"')
            if one.prefix.startswith(other.prefix) or other.prefix.startswith(one.prefix):
                sentences.append(f'{path}: prefix can\'t be told from the one in {other_path.name}: none may begin with another. For example: prefix = "RM"')
            for shared in sorted(set(one.his.keys) & set(other.his.keys)):
                sentences.append(f"{path}: his.keys has {shared}, which is also used in {other_path.name}: a key id names one hospital")
    return sentences
