"""The outside world on one machine. Written from the protocols, never from the app; imports nothing of it."""
