"""What platforms send: callbacks of the chat accounts and notifications."""
