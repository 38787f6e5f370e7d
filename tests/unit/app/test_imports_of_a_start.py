"""What no process imports at its start: each of these costs a part of a second of processor time, six times for an installation."""

from __future__ import annotations

import subprocess
import sys

import pytest

ON_DEMAND = ("aliyunsdkcore", "alipay", "markdown_it", "numpy", "openpyxl", "PIL", "qrcode", "requests", "wechatpy")
STARTS = {
    "the server": (
        "import server.app.bootstrap, server.app.routes",
        ON_DEMAND,
    ),
    "the worker, and each command that opens the database": (
        "import server.app.bootstrap",
        (*ON_DEMAND, "handlers", "jinja2", "prometheus_client", "tornado.web"),
    ),
    "help": (
        "import run; run.main(['--help'])",
        (*ON_DEMAND, "aiohttp", "cryptography", "handlers", "pydantic", "pymongo", "server.app.bootstrap", "tornado"),
    ),
    "the sandbox": ("import sandbox.main", ("PIL", "qrcode", "server", "handlers")),
}


@pytest.mark.parametrize("start", STARTS)
def test_a_start_imports_nothing_that_only_some_work_needs(start: str) -> None:
    imports, unwanted = STARTS[start]
    told = f"{imports}\nimport sys\nprint('loaded:', *(name for name in {unwanted!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].split()[1:] == []
