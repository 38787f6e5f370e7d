"""The phones: what a person sees of the outside world in a browser.

Each phone is a host of its own (``wechat-1.localhost:8889``) that proxies the app at its real paths. Here lies what
all phones share;
what belongs to one platform lies in a folder of its own (``wechat/``) and is described by one ``PhoneKind``.
"""
