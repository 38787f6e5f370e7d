"""What tests of payments ask for."""

from __future__ import annotations

import pytest

from tests.support.in_memory_app import InMemoryApp


@pytest.fixture
def memory_app() -> InMemoryApp:
    return InMemoryApp()
