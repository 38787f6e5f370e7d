"""WeChat Pay API v3 (docs/protocols/wechat_pay_v3.md): the merchant's orders and refunds, signatures both ways, notifications, statements."""
