"""The rules of registration, by subject. Pure."""
