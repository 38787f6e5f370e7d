"""As `closed`, of the platforms."""

from __future__ import annotations

PLATFORMS: dict[str, tuple[str, ...]] = {
    "server.platforms.alipay.openapi": (
        "answers",
        "errors",
    ),
    "server.platforms.alipay.pay": (
        "amounts",
        "bank_arrivals",
        "channel",
        "fund_statement",
        "notifications",
        "statement_files",
        "trade_statement",
        "wire",
    ),
    "server.platforms.aliyun": (
        "aliyun",
        "errors",
        "receipts",
        "values",
    ),
    "server.platforms.bank": (
        "statement",
        "workbook",
    ),
    "server.platforms.his": (
        "day_list",
        "http_json",
        "inpatient",
        "inpatient_wire",
        "registration",
        "reports",
        "request_verifier",
        "signing",
        "wire",
    ),
    "server.platforms.wechat": ("messengers",),
    "server.platforms.wechat.api": (
        "access_token",
        "client",
        "codes",
        "errors",
        "keywords",
    ),
    "server.platforms.wechat.miniprogram": (
        "links",
        "login",
        "messages",
        "program",
    ),
    "server.platforms.wechat.official_account": (
        "callback",
        "envelope",
        "menu",
        "messages",
        "oauth",
    ),
    "server.platforms.wechat.pay": (
        "channel",
        "client",
        "errors",
        "fund_statement",
        "jsapi",
        "notifications",
        "sealed",
        "signing",
        "statement_cells",
        "statement_download",
        "statement_frame",
        "trade_statement",
        "wire",
    ),
}
