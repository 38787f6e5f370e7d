"""Systems outside: the label by which breakers, logs and metrics know one, and what people call it."""

from __future__ import annotations


class System(str):
    """A label that knows what people call the system, which is ``called``. It is the label itself wherever text is wanted."""

    called: str
    __slots__ = ("called",)

    def __new__(cls, label: str, called: str) -> System:
        system = super().__new__(cls, label)
        system.called = called
        return system

    def part(self, name: str) -> System:
        """A part of the same system, with a breaker and limits of its own."""
        return System(f"{self}_{name}", self.called)


HOSPITAL_SYSTEM = System("his", "医院系统")
"""The one system outside that every hospital has."""


def title_of(system: str) -> str:
    """What people call ``system``; 系统 for a part of our own, and for what nobody named."""
    return system.called if isinstance(system, System) else "系统"
