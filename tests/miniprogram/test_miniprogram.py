"""The mini-program's own source on Node: types, pages in miniprogram-simulate, API client. ``make env-test`` installs it (scripts/install-node-tests)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
WITHIN_S = 300


def run(*command: str) -> None:
    assert (HERE / "node_modules").is_dir(), "run scripts/install-node-tests (make env-test does)"
    told = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=WITHIN_S, check=False)
    assert told.returncode == 0, (told.stdout + told.stderr)[-6000:]


def test_types() -> None:
    run("node", "node_modules/typescript/bin/tsc", "-p", ".")


@pytest.mark.parametrize("file", sorted(path.name for path in HERE.glob("*.test.js")))
def test_on_node(file: str) -> None:
    run("node", "--test", file)
