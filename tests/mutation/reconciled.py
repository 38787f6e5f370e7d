"""What the mutation run knows of reconciliation: the readers of statements with their tests, and the use cases."""

from __future__ import annotations

_CHANNELS = ("statement_rows", "statement_edges", "statements", "statements_refused")
_BANK = ("bank_statement", "bank_columns")
STATEMENTS: dict[str, tuple[str, ...]] = {
    "server.platforms.wechat.pay.trade_statement": _CHANNELS,
    "server.platforms.wechat.pay.fund_statement": _CHANNELS,
    "server.platforms.wechat.pay.statement_cells": _CHANNELS,
    "server.platforms.wechat.pay.statement_frame": _CHANNELS,
    "server.platforms.alipay.pay.trade_statement": _CHANNELS,
    "server.platforms.alipay.pay.fund_statement": _CHANNELS,
    "server.platforms.alipay.pay.statement_files": _CHANNELS,
    "server.platforms.bank.statement": _BANK,
    "server.platforms.bank.workbook": _BANK,
    "server.platforms.his.day_list": ("his_day_list", "his_day_list_pages"),
}
"""By module, the tests of `tests/unit/platforms` that stand nearest to it."""
USE_CASES = ("decisions", "legs", "live_sides", "matcher", "repairs", "sending_back")
"""Files in `server/reconciliation` that say what happens to a day's money; the whole folder of tests stands near to them."""
