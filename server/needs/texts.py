"""The Chinese words of the first page itself."""

from __future__ import annotations

from server.needs.model import Home

HOME_TITLE = "首页"
EVERYBODY = "全部"
NOTHING_NEEDED = "现在没有要办的事。"
NOT_WHOLE = "有的内容暂时没有取到，请稍后再打开本页。"
HIS_SILENT = "医院系统暂时没有响应，有的内容没有取到，请稍后再打开本页。"


def missing(home: Home) -> str:
    """What the page says of what could not be known now; empty where everything is."""
    if home.is_whole:
        return ""
    return NOT_WHOLE if home.is_broken else HIS_SILENT
