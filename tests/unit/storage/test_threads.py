"""The driver gets enough threads, whoever starts the process; who knows better may say so."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

ASK = "import server.storage.mongo, motor.frameworks.asyncio as driver; print(driver.max_workers)"


@pytest.mark.parametrize(("said", "got"), [(None, "64"), ("7", "7")])
def test_threads_of_the_driver(said: str | None, got: str) -> None:
    environ = {name: value for name, value in os.environ.items() if name != "MOTOR_MAX_WORKERS"}
    environ |= {"MOTOR_MAX_WORKERS": said} if said else {}
    done = subprocess.run(
        [sys.executable, "-c", ASK], env=environ, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == got
