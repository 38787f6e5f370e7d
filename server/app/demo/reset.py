"""Back to the first morning: the app's data and the sandbox's, together."""

from __future__ import annotations

from server.app.demo.folder import CONTENTS, clear, hold, is_marked
from server.app.demo.refusals import refuse_what_is_real
from settings import Settings, SettingsError


def reset(settings: Settings, *, assume_yes: bool) -> int:
    """Exit status. Raises SettingsError where there is no demo's data, something real, or a demo still running."""
    folder = settings.data_dir
    if not folder.exists():
        print(f"{folder}: nothing to clear. 没有可清除的数据")
        return 0
    if not is_marked(folder):
        raise SettingsError(
            [
                f"{folder}: this is not the demo's data folder, so nothing is cleared. For example: ZHENFU_DATA_DIR=var （这不是演示的数据文件夹）"
            ]
        )
    refuse_what_is_real(settings)
    there = ", ".join(name for name in CONTENTS if (folder / name).exists())
    with hold(folder):
        if not assume_yes and not _sure(f"Clear {there} in {folder}? 清除全部演示数据？[y/N]"):
            print("Nothing was cleared. 未清除")
            return 1
        clear(folder)
    print(f"{folder}: cleared; the next `make run` begins on the first morning. 已清除")
    return 0


def _sure(question: str) -> bool:
    try:
        return input(f"{question} ").strip().lower() in ("y", "yes")
    except EOFError:
        return False
