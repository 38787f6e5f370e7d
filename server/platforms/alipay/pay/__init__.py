"""Paying with Alipay (docs/protocols/alipay.md sections 4 and 7).

channel.py  the PaymentChannel: what services see      notifications.py  what Alipay tells us
jsapi.py    in Alipay's client (alipay.trade.create)    wire.py           JSON and forms in Zhenfu's words
wap.py, precreate.py  other methods, one file each      amounts.py        fen and the wire's yuan
bank_arrivals.py  refunds at the payer's bank
account.py  what a hospital's merchant account is made of
"""
