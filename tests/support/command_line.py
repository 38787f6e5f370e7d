"""`run.py` as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys

from settings import ROOT


def run(*words: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ZHENFU_")}
    return subprocess.run(
        [sys.executable, str(ROOT / "run.py"), *words],
        env=plain | {f"ZHENFU_{name.upper()}": value for name, value in variables.items()},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
