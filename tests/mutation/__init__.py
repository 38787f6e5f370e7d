"""Zhenfu broken in one place at a time, to see which rules no test knows (docs/mutation.md)."""
