"""Which test files still have to be rewritten by pytest, before the workers of a run start."""

import os
from pathlib import Path

from tests.support.rewritten_once import not_rewritten


def a_file(folder: Path, name: str, at: float) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("", "utf-8")
    os.utime(file, (at, at))
    return file


def test_a_file_without_a_copy_as_new_as_itself(tmp_path: Path) -> None:
    a_file(tmp_path, "test_done.py", 100)
    a_file(tmp_path, "__pycache__/test_done.cpython-311-pytest-9.2.0.pyc", 100)
    changed = a_file(tmp_path, "deeper/test_changed.py", 200)
    a_file(tmp_path, "deeper/__pycache__/test_changed.cpython-311-pytest-9.2.0.pyc", 100)
    plain = a_file(tmp_path, "test_plain.py", 100)
    a_file(tmp_path, "__pycache__/test_plain.cpython-311.pyc", 300)
    a_file(tmp_path, "support.py", 100)
    a_file(tmp_path, "node_modules/test_foreign.py", 100)

    assert not_rewritten(tmp_path) == [changed, plain]
