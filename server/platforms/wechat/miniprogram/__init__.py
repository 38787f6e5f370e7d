"""微信小程序 (docs/protocols/wechat_miniprogram.md): login by code, the phone's number, subscribe messages, codes and links."""
