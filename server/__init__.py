"""Zhenfu's server: one folder per capability, the outside platforms, the storage, and the app that puts them together (docs/design.md)."""
