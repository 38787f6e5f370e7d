"""WeChat Pay v3, direct merchant (docs/protocols/wechat_pay_v3.md).

channel.py  the PaymentChannel: what services see      client.py   one signed call and its answer
methods     jsapi.py; another method is one such file  signing.py  signatures of both sides
wire.py     the JSON of trades and refunds             sealed.py   AES-GCM of notifications
errors.py   the platform's codes in Zhenfu's words     account.py  what a hospital's merchant account is made of
"""
