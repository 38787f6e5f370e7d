"""The open platform's one gateway (docs/protocols/alipay.md sections 1 to 5, 12).

account.py  what an app is made of        sdk.py      python-alipay-sdk: signed parameters
keys.py     RSA of both sides             answers.py  an answer, verified over its raw bytes
client.py   one call and its answer       errors.py   the platform's codes in Zhenfu's words
certificates.py  serial numbers of certificate mode
"""
