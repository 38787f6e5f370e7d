"""What the commands of `run.py` share: the sentences for wrong words and for failures, the example in each help, the hospital a command is about."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from server.app.services import Services

FAILED, WRONG_WORDS = 1, 2
UNREACHABLE = (
    "the database does not answer. Is it running, and does ZHENFU_DATABASE_URI name it? "
    "数据库没有响应：请检查数据库是否在运行、ZHENFU_DATABASE_URI 是否正确"
)
Act = Callable[["Services", str], Coroutine[Any, Any, None]]
"""What a command does at one hospital, given the services and the hospital's id."""


Decorated = TypeVar("Decorated", bound=Callable[..., Any])
FILE = click.Path(path_type=Path)


def one_or_all(command: Decorated) -> Decorated:
    return click.option("--hospital", metavar="ID", help="Only this one.")(command)


class Day(click.ParamType[date]):
    """A day as ISO 8601 writes it."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value} is no day. For example: 2026-03-02", param, ctx)


class Command(click.Command):
    """A command whose help ends with an example: the words that follow its name. ``own_help``: wrong words point to its own help."""

    def __init__(self, *arguments: Any, example: str = "", own_help: bool = False, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.example, self.own_help = example, own_help

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """All options that are missing are told at once."""
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.MissingParameter:
            found = self.make_parser(ctx).parse_args(given)[0]
            missing = [
                each
                for each in self.params
                if each.required and (each.name not in found or each.value_is_missing(found[each.name]))
            ]
            names = ", ".join(
                each.opts[0] if isinstance(each, click.Option) else each.human_readable_name for each in missing
            )
            raise click.UsageError(f"the following arguments are required: {names}", ctx) from None

    def get_short_help_str(self, limit: int = 200) -> str:
        """The whole first sentence: a list of commands is wrapped, not cut."""
        return super().get_short_help_str(200)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Example"):
            formatter.write(f"  python {ctx.command_path} {self.example}".rstrip() + "\n")


class AtHospital(Command):
    """A command whose callback returns the ``Act`` to be done. The context's object takes the named hospital, if any, and the act."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.params.insert(0, click.Option(["--hospital"], metavar="ID", help="Needed where there are several."))

    def invoke(self, ctx: click.Context) -> Any:
        hospital = ctx.params.pop("hospital")
        return ctx.obj(hospital, super().invoke(ctx))


class Group(click.Group):
    """Lists its commands in the order in which they are written."""

    command_class = Command
    group_class = type

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


class LaterGroup(Group):
    """A group whose commands are imported when one of them is wanted, so that the list of all commands answers at once."""

    def __init__(self, name: str, load: Callable[[], click.Group], **named: Any) -> None:
        super().__init__(name, **named)
        self._load = load

    def list_commands(self, ctx: click.Context) -> list[str]:
        self.commands = self._load().commands
        return super().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        self.commands = self._load().commands
        return super().get_command(ctx, cmd_name)


def sentence_of(error: click.UsageError) -> str:
    """What was wrong in one sentence, then where the help is."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return error.format_message()
    said = error.format_message()
    if isinstance(error, click.NoSuchCommand):
        said = f"there is no command {error.command_name}"
    elif isinstance(error, click.NoSuchOption):
        said = f"unrecognized arguments: {error.option_name}"
    if isinstance(error, click.NoSuchCommand | click.NoSuchOption) and error.possibilities:
        said += f"; did you mean {error.possibilities[0]}?"
    return f"run.py: {said}\nAll commands: python {_with_help(error.ctx).command_path} --help"


def _with_help(ctx: click.Context | None) -> click.Context:
    """The nearest command around ``ctx`` whose help lists all words."""
    if ctx is None:
        raise RuntimeError("click says where each wrong word stands")
    own_help = isinstance(ctx.command, click.Group) or getattr(ctx.command, "own_help", False)
    return ctx if own_help or ctx.parent is None else ctx.parent


def told(error: Exception) -> int:
    """Print what was refused or failed as sentences. The exit status. Raises ``error`` again where it is a fault of ours."""
    from server.core.errors import Refusal, StoreUnavailable, ZhenfuError
    from settings import SettingsError

    if isinstance(error, SettingsError):
        print(*error.sentences, sep="\n", file=sys.stderr)
        return WRONG_WORDS
    if not isinstance(error, ZhenfuError):
        raise error
    if isinstance(error, StoreUnavailable):
        said = f"{UNREACHABLE} ({error})"
    else:
        said = error.user_message if isinstance(error, Refusal) else f"{type(error).__name__}: {error}"
    print(f"run.py: {said}", file=sys.stderr)
    return FAILED
