"""The mini-program's own source on Node: types, pages in miniprogram-simulate, API client. ``make env-test`` installs it (scripts/install-node-tests)."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.miniprogram.described import described

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
GENERATED = ROOT / "miniprogram" / "api" / "openapi.d.ts"
WITHIN_S = 300


def run(*command: str, document: Path, **settings: str) -> str:
    assert (HERE / "node_modules").is_dir(), "run scripts/install-node-tests (make env-test does)"
    environ = os.environ | settings | {"OPENAPI_FILE": str(document)}
    told = subprocess.run(command, cwd=HERE, env=environ, capture_output=True, text=True, timeout=WITHIN_S, check=False)
    assert told.returncode == 0, (told.stdout + told.stderr)[-6000:]
    return told.stdout


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the server says of itself now."""
    file = tmp_path_factory.mktemp("described") / "openapi.json"
    file.write_text(json.dumps(described()), "utf-8")
    return file


def test_the_source_has_no_wrong_types(document: Path) -> None:
    run("node", "node_modules/typescript/bin/tsc", "-p", ".", document=document)


def test_the_types_of_the_api_are_those_of_its_document(document: Path) -> None:
    command = ("node", "node_modules/openapi-typescript/bin/cli.js", str(document))
    generated = run(*command, document=document)
    assert generated == GENERATED.read_text("utf-8"), "the API has changed: scripts/miniprogram-types, then the client"


@pytest.mark.parametrize("file", sorted(path.name for path in HERE.glob("*.test.js")))
def test_on_node(file: str, document: Path) -> None:
    run("node", file, document=document)


def test_the_engine_of_the_sandbox_s_phone_is_what_the_packages_make(tmp_path: Path) -> None:
    """Nothing in the bundle that the browser runs was written or changed by hand."""
    kept = ROOT / "sandbox/phones/wechat/miniprogram/static"
    subprocess.run([ROOT / "scripts/mini-program-engine", tmp_path / "engine.js"], check=True, timeout=WITHIN_S)
    for name in ("engine.js", "engine-licences.txt"):
        assert (tmp_path / name).read_text("utf-8") == (kept / name).read_text("utf-8"), (
            "run scripts/mini-program-engine"
        )


@pytest.mark.parametrize(
    "file",
    [
        "balances.test.js",
        "cards.test.js",
        "inpatient.test.js",
        "journey.test.js",
        "members.test.js",
        "pages.test.js",
        "paying.test.js",
        "registration.test.js",
        "reports.test.js",
        "result.test.js",
        "waiting.test.js",
    ],
)
def test_pages_are_the_same_in_the_compiler_of_the_sandbox_s_phone(file: str, document: Path) -> None:
    """j-component's own, which runs in a browser, beside WeChat's, which is a program for Linux and macOS."""
    run("node", file, document=document, PAGES_COMPILER="simulate")
