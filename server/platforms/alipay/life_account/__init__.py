"""The hospital's life account 生活号 and the login in Alipay's browser (docs/protocols/alipay.md sections 9 and 10).

oauth.py  who opened the page          gateway.py   what people do in the account, and the signed answer
messages.py  template messages         envelope.py  the XML of both directions
menu.py   the account's menu           account.py   what a hospital's life account is made of
"""
