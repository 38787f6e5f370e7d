"""Zhenfu's server: rules (domain), use cases (services), the outside world (channels), the database (storage)."""
