"""aliyun-python-sdk-core takes time and chance from the machine; in a run it takes them from the run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from unittest.mock import patch

from aliyunsdkcore.utils import parameter_helper


@contextmanager
def sdk_follows(now: Callable[[], datetime]) -> Iterator[None]:
    counter = iter(range(10**9))

    def stamp() -> str:
        return now().astimezone(UTC).strftime(parameter_helper.FORMAT_ISO_8601)

    with (
        patch.object(parameter_helper, "get_uuid", lambda: f"{next(counter):032x}"),
        patch.object(parameter_helper, "get_iso_8061_date", stamp),
    ):
        yield
