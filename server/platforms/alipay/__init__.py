"""Alipay: the gateway and its signatures (`openapi`), paying (`pay`), and the hospital's life account 生活号 (`life_account`)."""
