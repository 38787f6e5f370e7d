"""In a clean checkout pytest rewrites the asserts of 700 test files, and each worker would do so for itself. Here it is done once, before they
start: by a collection on each core, each of a part of the files, which leaves the rewritten files in ``__pycache__`` for everybody.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORTH_IT = 100
"""Files; for fewer the workers are faster than two more collections."""


def not_rewritten(folder: Path) -> list[Path]:
    """The test files below ``folder`` of which no rewritten copy lies there that is as new."""
    return [
        file
        for file in sorted(folder.rglob("test_*.py"))
        if "node_modules" not in file.parts
        and not any(
            copy.stat().st_mtime >= file.stat().st_mtime
            for copy in (file.parent / "__pycache__").glob(f"{file.stem}.*-pytest-*.pyc")
        )
    ]


def rewrite(files: Sequence[Path]) -> None:
    cores = os.cpu_count() or 1
    collections = [
        subprocess.Popen(
            [sys.executable, "-m", "pytest", "--collect-only", "-qq", "-p", "no:cacheprovider", *files[core::cores]],
            cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        for core in range(cores)
    ]  # fmt: skip
    for collection in collections:
        collection.wait()  # what is wrong in a file is told by the workers


def rewrite_once(config: pytest.Config) -> None:
    """Only in the process that starts workers."""
    starts_workers = not hasattr(config, "workerinput") and bool(config.getoption("numprocesses", None))
    if not starts_workers or sys.dont_write_bytecode:
        return
    files = not_rewritten(ROOT / "tests")
    if len(files) >= WORTH_IT:
        rewrite(files)
