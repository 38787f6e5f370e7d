"""What the contestants need, by name and pinned version from PyPI and npm, into a folder of the bench that is not committed."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from bench.engine import NotHere

HERE = Path(__file__).resolve().parent
ADAPTERS = HERE / "contestants"
FOLDER = HERE / ".contestants"
PYTHON_PACKAGES = (
    "tornado==6.6", "motor==3.7.1", "cryptography==50.0.2", "wechatpy==1.8.18", "wechatpayv3==2.0.4", "python-alipay-sdk==3.4.0",
    "jinja2==3.1.6", "segno==1.6.6", "duckdb==2.0.0",
)  # fmt: skip
NODE_PACKAGES = ("wechat@2.1.0",)


class Installed:
    """Installs when first asked. Without ``may_install`` Python contestants run on this environment, and Node's only if they are here."""

    def __init__(self, *, may_install: bool) -> None:
        self._may_install = may_install

    def python(self, *modules: str) -> str:
        """A Python that has ``modules``. Raises NotHere."""
        if self._may_install:
            return self._python()
        missing = [module for module in modules if importlib.util.find_spec(module) is None]
        if missing:
            raise NotHere(f"{', '.join(missing)} is not installed here")
        return sys.executable

    def node(self) -> tuple[str, Path]:
        """Node.js, and the folder with the packages. Raises NotHere."""
        node, folder = shutil.which("node"), FOLDER / "node"
        if node is None:
            raise NotHere("Node.js is not installed here")
        if not _is_stamped(folder, NODE_PACKAGES):
            if not self._may_install:
                raise NotHere("the packages of npm are not installed here")
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "package.json").write_text('{"private": true}\n')
            words = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save", *NODE_PACKAGES]
            _run(words, folder)
            _stamp(folder, NODE_PACKAGES)
        return node, folder

    def _python(self) -> str:
        folder = FOLDER / "python"
        python = str(folder / "bin" / "python")
        if not _is_stamped(folder, PYTHON_PACKAGES):
            venv.create(folder, with_pip=True)
            _run([python, "-m", "pip", "install", "-q", *PYTHON_PACKAGES], folder)
            _stamp(folder, PYTHON_PACKAGES)
        return python


def _run(words: list[str], folder: Path) -> None:
    """Raises NotHere with the installer's last line."""
    ran = subprocess.run(words, cwd=folder, capture_output=True, text=True)  # noqa: S603 - pinned names of our own
    if ran.returncode:
        raise NotHere(f"{words[0]} could not install: {(ran.stderr.strip().splitlines() or ['no word why'])[-1]}")


def _is_stamped(folder: Path, packages: tuple[str, ...]) -> bool:
    stamp = folder / ".installed"
    return stamp.exists() and stamp.read_text() == "\n".join(packages)


def _stamp(folder: Path, packages: tuple[str, ...]) -> None:
    (folder / ".installed").write_text("\n".join(packages))
