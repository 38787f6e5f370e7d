"""Whether temporary folders may lie in memory."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support.memory_folder import memory_folder


def test_a_folder_with_room_is_taken(tmp_path: Path) -> None:
    assert memory_folder(tmp_path, room_bytes=1) == tmp_path


def test_one_without_room_or_that_is_not_there_is_not(tmp_path: Path) -> None:
    assert memory_folder(tmp_path, room_bytes=1 << 60) is None
    assert memory_folder(tmp_path / "elsewhere", room_bytes=1) is None


def test_one_where_no_program_may_run_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = SimpleNamespace(f_flag=os.ST_NOEXEC, f_bavail=1 << 30, f_frsize=4096)
    monkeypatch.setattr(os, "statvfs", lambda folder: told)
    assert memory_folder(tmp_path) is None
    told.f_flag = 0
    assert memory_folder(tmp_path) == tmp_path
