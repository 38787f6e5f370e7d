"""The import contracts of pyproject.toml hold: a copy of the source with one forbidden import per arrow is refused for each of them."""

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
    # the order of the capabilities
    ("server.core", "server.effects.engine"),
    ("server.effects", "server.payments.model"),
    ("server.patients", "server.payments.model"),
    ("server.messages", "server.staff.service"),
    ("server.payments", "server.refunds.service"),
    ("server.refunds", "server.console.search"),
    ("server.payments.rules", "server.payments.purposes.bills.service"),
    ("server.refunds", "server.payments.purposes.bills.model"),
    ("handlers.console", "server.payments.purposes.bills.model"),
    ("handlers.console", "server.inpatient.model"),
    ("handlers.console", "server.reports.model"),
    ("server.payments", "server.platforms.aliyun"),
    ("server.payments", "server.storage.mongo"),
    ("server.refunds", "server.app.configuration"),
    ("server.platforms.aliyun", "server.storage"),
    ("server.storage", "server.platforms.aliyun"),
    ("server.app.services", "server.app.wiring"),
    # models and rules
    ("server.payments.rules", "tornado.web"),
    ("server.payments.model", "asyncio"),
    ("server.staff.rules", "time"),
    ("server.registration.rules", "server.registration.texts"),
    # use cases
    ("server.payments", "handlers.base.handler"),
    ("server.messages", "settings"),
    ("server.staff", "random"),
    # doors
    ("handlers", "server.platforms.wechat"),
    ("handlers", "server.storage"),
    ("handlers", "server.app.bootstrap"),
    ("handlers", "settings"),
    ("server.platforms.his", "handlers.base.handler"),
    # platforms, drivers, frameworks
    ("server.platforms.his", "server.platforms.wechat"),
    ("server.platforms.wechat", "server.platforms.aliyun"),
    ("server.platforms.alipay", "server.platforms.wechat"),
    ("server.platforms.alipay", "server.infrastructure.transport"),
    ("server.app.bootstrap", "server.infrastructure.rsa_signing"),
    ("server.platforms.aliyun", "motor.motor_asyncio"),
    ("server.app.bootstrap", "pymongo"),
    ("sandbox", "bson"),
    ("server.platforms.aliyun", "tornado.httpclient"),
    ("server.storage", "tornado.ioloop"),
    ("handlers", "aiohttp"),
    ("handlers", "wechatpy"),
    ("server.payments", "aliyunsdkcore"),
    ("handlers", "alipay"),
    # the sandbox
    ("server.app.bootstrap", "sandbox"),
    ("handlers", "sandbox"),
    ("sandbox", "server.core.money"),
    ("sandbox", "handlers.base.handler"),
]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what the linter reads, to break."""
    for name in ("server", "handlers", "sandbox"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "static"))
    for name in ("pyproject.toml", "settings.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def lint(checkout: Path) -> tuple[int, str]:
    environ = {**os.environ, "COLUMNS": "400", "PYTHONPATH": str(checkout)}
    done = subprocess.run(
        [LINTER, "--no-logo", "--no-cache"],
        cwd=checkout,
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_every_forbidden_import_breaks_a_contract_and_every_contract_is_broken_by_one(checkout: Path) -> None:
    probes = {}
    for number, (importer, imported) in enumerate(FORBIDDEN):
        path = checkout / importer.replace(".", "/")
        if path.is_dir():
            (path / f"{PROBE}_{number}_.py").write_text(f"import {imported}\n")
            probes[f"{importer}.{PROBE}_{number}_ "] = imported
        else:
            with path.with_suffix(".py").open("a") as module:
                module.write(f"\nimport {imported}\n")
            probes[f"{importer} -> {imported.partition('.')[0]}"] = imported
    code, said = lint(checkout)
    assert code == 1, said
    assert [f"{probe}→ {imported}" for probe, imported in probes.items() if probe not in said] == []
    assert [name for name in CONTRACTS if f"{name} BROKEN" not in said] == []


def test_a_new_module_has_no_place_until_it_is_given_one(checkout: Path) -> None:
    (checkout / "server" / f"{PROBE}.py").touch()
    code, said = lint(checkout)
    assert code == 1
    assert PROBE in said
