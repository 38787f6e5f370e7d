"""A log that tells what went wrong and nothing of whom it happened to."""

from __future__ import annotations

import asyncio
import gc
import io
import logging
import re
from collections.abc import Iterator

import pytest

from server.app.supervision.log_lines import line_formatter, start_logging, tell_trouble
from server.core.errors import OutcomeUnknown

NAME = "张测试"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What a handler with our formatter wrote."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(line_formatter())
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def levels_as_before() -> Iterator[None]:
    names = ("pymongo", "aliyunsdkcore", "urllib3", "tornado.access")
    root = logging.getLogger()
    before = (root.level, list(root.handlers), {name: logging.getLogger(name).level for name in names})
    yield
    root.setLevel(before[0])
    root.handlers[:] = before[1]
    for name, level in before[2].items():
        logging.getLogger(name).setLevel(level)


def test_the_words_of_foreign_exceptions_are_not_told(written: io.StringIO) -> None:
    try:
        try:
            raise KeyError(NAME)
        except KeyError as error:
            raise OutcomeUnknown("his", "unreadable answer") from error
    except OutcomeUnknown:
        logging.getLogger("zhenfu.effects").exception("effect failed payment=%s", "P1")
    told = written.getvalue()
    assert NAME not in told
    assert "effect failed payment=P1" in told
    assert "OutcomeUnknown: his: unreadable answer" in told
    assert "KeyError" in told
    assert "test_log_lines.py" in told


@pytest.mark.parametrize("ending", ["\n", "\r", "\x1b[2K", "\x85", "\u2028"])
def test_nothing_from_outside_begins_a_line(written: io.StringIO, ending: str) -> None:
    logging.getLogger("zhenfu.chat").warning("unreadable why=%s", f"a{ending}INFO zhenfu.access door=bills status=200")
    assert len(written.getvalue().splitlines()) == 1
    assert ending not in written.getvalue().rstrip("\n")


def test_a_line_is_time_level_name_message(written: io.StringIO) -> None:
    logging.getLogger("zhenfu.access").warning("door=%s status=%d", "bills", 200)
    form = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} WARNING zhenfu\.access door=bills status=200\n"
    assert re.fullmatch(form, written.getvalue())


@pytest.mark.parametrize("library", ["pymongo.topology", "aiohttp.client", "tornado.application"])
def test_lines_of_libraries_are_redacted_too(written: io.StringIO, library: str) -> None:
    try:
        raise ValueError(NAME)
    except ValueError:
        logging.getLogger(library).exception("Uncaught exception GET %s", "/h/demo\nINFO zhenfu.access door=bills")
    first, *places = written.getvalue().splitlines()
    assert first.endswith(f"ERROR {library} Uncaught exception GET /h/demo\\x0aINFO zhenfu.access door=bills")
    assert places[0] == "ValueError"
    assert all(place.startswith("  ") for place in places[1:])
    assert NAME not in written.getvalue()


@pytest.mark.asyncio
async def test_a_task_that_nobody_waited_for_is_told_without_words(written: io.StringIO) -> None:
    asyncio.get_running_loop().set_exception_handler(tell_trouble)

    async def fail() -> None:
        raise ValueError(NAME)

    task = asyncio.create_task(fail())
    await asyncio.wait([task])
    del task
    gc.collect()
    assert "never retrieved" in written.getvalue()
    assert "ValueError" in written.getvalue()
    assert NAME not in written.getvalue()


@pytest.mark.usefixtures("levels_as_before")
def test_debug_does_not_open_the_mouth_of_libraries() -> None:
    start_logging("debug")
    assert logging.getLogger("zhenfu").isEnabledFor(logging.DEBUG)
    assert not logging.getLogger("pymongo.command").isEnabledFor(logging.DEBUG)
    start_logging("error")
    assert not logging.getLogger("pymongo.command").isEnabledFor(logging.WARNING)
