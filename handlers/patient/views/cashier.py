"""What is said when the cashier of the patient's client did not open."""

from __future__ import annotations

import re

from server.core.characters import cut_to_chars
from server.core.typed import plain

CASHIER_RESULTS = frozenset({"fail", "absent", "unsupported"})
WORDS_CHARS_MAX = 80
_MAY_NAME_SOMEBODY = re.compile(r"(?=[A-Za-z_\-]*[0-9])[0-9A-Za-z_\-]{16,}|[A-Za-z_\-]{24,}|[0-9*]{5,}")
"""Ids have digits in them or are long; names of bridge functions (``get_brand_wcpay_request``, ``function_not_exist``) are neither."""
_DIRECTORY_UNKNOWN = re.compile(r"URL未注册|url.?not.?regist", re.IGNORECASE)


def client_words(why: str) -> str:
    """One short line of what the client gave as its reason; long numbers and ids, which may be somebody's, left out."""
    return cut_to_chars(_MAY_NAME_SOMEBODY.sub("…", plain(why)), WORDS_CHARS_MAX, "…")


def cashier_failed(result: str, why: str, reference: str) -> str:
    """For the patient, with what support needs to know: the client's words and the number of the line in our log."""
    if result == "absent":
        return f"没有打开收银台，请从医院的菜单重新进入，或重新扫描缴费单。（编号 {reference}）"
    if _DIRECTORY_UNKNOWN.search(why):
        return (
            f"医院的支付设置还没有完成，现在不能在这里付款，请到收费窗口缴费，并告诉工作人员：{why}（编号 {reference}）"
        )
    told = f"：{why}" if why else ""
    return f"支付没有完成{told}。没有扣款的话请再试一次；还是不行，请到收费窗口缴费。（编号 {reference}）"
