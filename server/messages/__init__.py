"""消息: what people are told and by which way, and what the chat with the account answers."""
