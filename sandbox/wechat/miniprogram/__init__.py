"""The hospital's mini-program, as WeChat plays its server side (protocols/wechat_miniprogram.md)."""
