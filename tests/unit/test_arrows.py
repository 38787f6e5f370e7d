"""The import contracts of pyproject.toml bite: a copy of the house with one forbidden import per arrow is refused for each of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINTER = Path(sysconfig.get_path("scripts")) / "lint-imports"
PROBE = "probe_of_the_arrows"
CONTRACTS: list[str] = [
    contract["name"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
]
FORBIDDEN = [
    # the house
    ("server.ports", "server.services.payments"),
    ("server.services", "server.channels.sms"),
    ("server.services", "server.storage"),
    ("server.services", "server.configuration"),
    ("server.channels.sms", "server.services.payments"),
    ("server.channels.sms", "server.storage"),
    ("server.storage", "server.channels.sms"),
    ("server.storage", "server.services.payments"),
    # the domain
    ("server.domain", "server.ports"),
    ("server.domain", "tornado.web"),
    ("server.domain", "asyncio"),
    ("server.domain", "time"),
    # services
    ("server.services", "handlers.door"),
    ("server.services", "settings"),
    ("server.services", "random"),
    # doors
    ("handlers", "server.channels.wechat"),
    ("handlers", "server.storage"),
    ("handlers", "server.bootstrap"),
    ("handlers", "settings"),
    ("server.channels.his", "handlers.door"),
    # platforms, drivers, frameworks
    ("server.channels.his", "server.channels.wechat"),
    ("server.channels.wechat", "server.channels.sms"),
    ("server.channels.alipay", "server.channels.wechat"),
    ("server.channels.sms", "motor.motor_asyncio"),
    ("server.bootstrap", "pymongo"),
    ("sandbox", "bson"),
    ("server.channels.sms", "tornado.httpclient"),
    ("server.storage", "tornado.ioloop"),
    ("handlers", "aiohttp"),
    ("handlers", "wechatpy"),
    ("server.services", "aliyunsdkcore"),
    ("handlers", "alipay"),
    # the sandbox
    ("server.bootstrap", "sandbox"),
    ("handlers", "sandbox"),
    ("sandbox", "server.domain.money"),
    ("sandbox", "handlers.door"),
]


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of what the linter reads, to break."""
    for name in ("server", "handlers", "sandbox"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "static"))
    for name in ("pyproject.toml", "settings.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def lint(house: Path) -> tuple[int, str]:
    environ = {**os.environ, "COLUMNS": "400", "PYTHONPATH": str(house)}
    done = subprocess.run(
        [LINTER, "--no-logo", "--no-cache"],
        cwd=house,
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_every_forbidden_import_breaks_a_contract_and_every_contract_is_broken_by_one(house: Path) -> None:
    probes = {}
    for number, (importer, imported) in enumerate(FORBIDDEN):
        path = house / importer.replace(".", "/")
        if path.is_dir():
            (path / f"{PROBE}_{number}_.py").write_text(f"import {imported}\n")
            probes[f"{importer}.{PROBE}_{number}_ "] = imported
        else:
            with path.with_suffix(".py").open("a") as module:
                module.write(f"\nimport {imported}\n")
            probes[f"{importer} -> {imported.partition('.')[0]}"] = imported
    code, said = lint(house)
    assert code == 1, said
    assert [f"{probe}→ {imported}" for probe, imported in probes.items() if probe not in said] == []
    assert [name for name in CONTRACTS if f"{name} BROKEN" not in said] == []


def test_a_new_module_has_no_place_until_it_is_given_one(house: Path) -> None:
    (house / "server" / f"{PROBE}.py").touch()
    code, said = lint(house)
    assert code == 1
    assert PROBE in said
