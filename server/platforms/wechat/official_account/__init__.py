"""The hospital's WeChat official account, 服务号 (docs/protocols/wechat_official.md).

oauth.py  who opened the page      callback.py  what people say to the account, and the reply
api.py    calls with the token     messages.py  template messages, their keywords shaped by keywords.py
access_token.py  one token for all processes    menu.py  the account's menu
"""
