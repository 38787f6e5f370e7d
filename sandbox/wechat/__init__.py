"""The official account (docs/protocols/wechat_official.md): OAuth, tokens, templates, menu, and the chat with its encrypted callback."""
