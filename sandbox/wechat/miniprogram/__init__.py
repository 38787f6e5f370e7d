"""The hospital's mini-program, as WeChat plays its server side (docs/protocols/wechat_miniprogram.md)."""
