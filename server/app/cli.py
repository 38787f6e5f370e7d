"""The commands of `run.py`. Each imports what it needs when it runs, so that help, completion and a wrong word answer at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from server.app.cli_books import audit, keyring, keys, reconcile
from server.app.cli_settings import at_one_hospital, database, load
from server.app.cli_words import FILE, WRONG_WORDS, Decorated, Group, LaterGroup, one_or_all, sentence_of, told

OK, STOPPED = 0, 130


def answer(words: Sequence[str]) -> int:
    """Do what ``words`` say. The exit status: 0 done, 1 failed, 2 wrong words or settings, 130 stopped by Ctrl-C."""
    os.umask(0o077)  # data, logs and backups are ours alone
    try:
        return int(run_py.main(list(words), "run.py", standalone_mode=False, obj=at_one_hospital) or OK)
    except click.UsageError as error:
        print(sentence_of(error), file=sys.stderr)
        return WRONG_WORDS
    except click.Abort:
        return STOPPED
    except Exception as error:
        return told(error)


# ---- processes -------------------------------------------------------------------------------------------------------


@click.group(cls=Group, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def run_py(context: click.Context) -> int | None:
    """Zhenfu 诊付: payments for hospitals. Without a command it starts the demo."""
    return None if context.invoked_subcommand else context.invoke(demo)


@run_py.command()
def demo() -> int:
    """Everything on this machine: database, sandbox, server, worker (the default)."""
    from server.app.demo.start import run_demo

    return run_demo(load())


@run_py.command()
def serve() -> int:
    """The server: pages, notifications, the chat's callback."""
    from server.app import bootstrap
    from server.app.supervision.listening import taken_port
    from server.app.supervision.several import serve_several
    from settings import SettingsError

    settings = load()
    taken = [] if settings.share_port else taken_port("ZHENFU_PORT", settings.bind_address, settings.port)
    if taken:
        raise SettingsError(taken)
    with database() as complete:
        if complete.serve_processes > 1:
            return serve_several(complete)
        bootstrap.serve(complete)
    return OK


@run_py.command()
def work() -> None:
    """A worker: does what payments still owe the world."""
    from server.app import bootstrap

    with database() as complete:
        bootstrap.work(complete)


# ---- keeping the database ------------------------------------------------------------------------------------------


@run_py.command(example="--store mongodb://db1,db2,db3/?replicaSet=rs0")
@click.option("--store", metavar="URI", help="Try what Zhenfu needs of a MongoDB, in a scratch database there.")
def doctor(store: str | None) -> int:
    """Check settings, database and open payments; say what to mend."""
    from server.app import cli_ops

    if store:
        return cli_ops.try_store(store)
    with database() as complete:
        return cli_ops.doctor(complete)


@run_py.command(example="--yes")
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(yes: bool) -> int:
    """Back to the first morning: clear the demo's data, app and sandbox together."""
    from server.app.demo.reset import reset

    return reset(load(), assume_yes=yes)


def _one_picture(command: Decorated) -> Decorated:
    command = click.option("--out", metavar="FILE", type=FILE, required=True, help="The picture, as PNG.")(command)
    return click.option("--hospital", metavar="ID", required=True)(command)


@run_py.command(example="--hospital demo")
@one_or_all
def menus(hospital: str | None) -> None:
    """Push the official account's menu of each hospital."""
    from server.app import cli_ops

    with database(hospital) as complete:
        cli_ops.push_menus(complete, hospital)


@run_py.command(example="--hospital demo --out bill.png --card 10000001 --bill B1 --bill B2")
@_one_picture
@click.option("--card", metavar="CARD_NO", required=True)
@click.option("--bill", metavar="BILL_NO", multiple=True, required=True, help="Repeat for several bills.")
def qr(hospital: str, out: Path, card: str, bill: tuple[str, ...]) -> None:
    """Make a bill's QR code."""
    from server.app import cli_ops

    with database(hospital) as complete:
        cli_ops.make_qr(complete, hospital, card, bill, out)


@run_py.command(example="--hospital demo --out hall.png --scene hall-1")
@_one_picture
@click.option("--scene", metavar="SCENE", required=True, help="Where it hangs, in up to 32 letters, digits and signs.")
def poster(hospital: str, out: Path, scene: str) -> int:
    """Make the mini-program's code."""
    from server.app import cli_ops

    with database(hospital) as complete:
        return cli_ops.make_poster(complete, hospital, scene, out)


@run_py.command(example="zhenfu.backup")
@click.argument("file", type=FILE)
def backup(file: Path) -> int:
    """Copy the whole database into a file, while everything runs."""
    from server.app import cli_ops

    with database() as complete:
        return cli_ops.back_up(complete, file)


@run_py.command(example="zhenfu.backup")
@click.argument("file", type=FILE)
def restore(file: Path) -> int:
    """Put a backup into an empty database, after checking all of it."""
    from server.app import cli_ops

    with database() as complete:
        return cli_ops.restore(complete, file)


# ---- people, books, keys ---------------------------------------------------------------------------------------------


def _staff() -> click.Group:
    from server.app.cli_staff import staff

    return staff


def _balances() -> click.Group:
    from server.app.cli_balances import balances

    return balances


def _person() -> click.Group:
    from server.app.cli_persons import person

    return person


run_py.add_command(LaterGroup("staff", _staff, help="Who works here: invite, list, leave, limits, agree. 员工"))


def _rules() -> click.Group:
    from server.app.cli_rules import rules

    return rules


run_py.add_command(LaterGroup("rules", _rules, help="The hospital's rules for registrations: preview. 挂号规则"))
run_py.add_command(LaterGroup("balances", _balances, help="Old outpatient balances: unreached. 门诊余额"))
run_py.add_command(LaterGroup("person", _person, help="What is held about one person: export, erase. 个人信息"))

for _command in (audit, keyring, keys, reconcile):
    run_py.add_command(_command)
