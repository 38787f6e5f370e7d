"""Alipay (docs/protocols/alipay.md): gateway, trades, authorisation, the life account's chat, bills."""
