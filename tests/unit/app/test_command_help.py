"""Every command's help has an example that the command understands, and a shell completes words."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from server.app.cli import run_py
from server.app.cli_words import Command
from settings import ROOT


def commands(group: click.Group, around: click.Context) -> Iterator[click.Context]:
    for name in group.list_commands(around):
        command = group.get_command(around, name)
        assert command is not None
        context = click.Context(command, info_name=name, parent=around)
        yield from commands(command, context) if isinstance(command, click.Group) else [context]


@pytest.mark.parametrize(
    "context", [*commands(run_py, click.Context(run_py, info_name="run.py"))], ids=lambda each: each.command_path
)
def test_an_example_is_shown_and_is_right(context: click.Context) -> None:
    command = context.command
    assert isinstance(command, Command)
    example = f"python {context.command_path} {command.example}".rstrip()
    assert command.get_help(context).endswith(f"Example:\n  {example}")
    command.make_context(context.info_name, shlex.split(command.example), parent=context.parent)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("run.py st", ["staff"]), ("run.py staff in", ["invite"]), ("run.py person export --by p", ["payment", "payer"])],
)
def test_a_shell_completes(typed: str, offered: list[str]) -> None:
    environ = {**os.environ, "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    shown = subprocess.run(
        [sys.executable, ROOT / "run.py"], env={**environ, "_RUN_PY_COMPLETE": "bash_complete"},
        capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    assert [line.split(",")[1] for line in shown.stdout.splitlines()] == offered
