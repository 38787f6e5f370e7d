"""The Chinese words of the first page itself."""

from __future__ import annotations

HOME_TITLE = "首页"
EVERYBODY = "全部"
NOTHING_NEEDED = "现在没有要办的事。"
NOT_WHOLE = "有的内容暂时没有取到，请稍后再打开本页。"
