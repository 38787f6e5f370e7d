"""One command line for everything. A command imports what it needs when it runs: help, and a wrong word, answer at once."""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from settings import Settings

OK, FAILED, WRONG_SETTINGS = 0, 1, 2


def _with_database(settings: Settings) -> AbstractContextManager[Settings]:
    from server.app.demo.database import with_database

    return with_database(settings)


def _known_hospital(settings: Settings, hospital: str | None) -> None:
    from settings import SettingsError, load_hospitals

    known = [each.id for each in load_hospitals(settings)]
    if hospital and hospital not in known:
        raise SettingsError([f"run.py: there is no hospital {hospital}. For example: --hospital {known[0]}"])


def _demo(settings: Settings, arguments: argparse.Namespace) -> int:
    from server.app.demo.start import run_demo

    return run_demo(settings)


def _serve(settings: Settings, arguments: argparse.Namespace) -> int:
    from server.app import bootstrap
    from server.app.supervision.listening import taken_port
    from server.app.supervision.several import serve_several
    from settings import SettingsError

    taken = [] if settings.share_port else taken_port("ZHENFU_PORT", settings.bind_address, settings.port)
    if taken:
        raise SettingsError(taken)
    with _with_database(settings) as complete:
        if complete.serve_processes > 1:
            return serve_several(complete)
        bootstrap.serve(complete)
    return OK


def _work(settings: Settings, arguments: argparse.Namespace) -> int:
    from server.app import bootstrap

    with _with_database(settings) as complete:
        bootstrap.work(complete)
    return OK


def _sandbox(settings: Settings, arguments: argparse.Namespace) -> int:
    from sandbox.main import main as play

    os.environ.update(settings.for_child())  # the sandbox knows nothing of settings.py, only of the environment
    play()
    return OK


def _doctor(settings: Settings, arguments: argparse.Namespace) -> int:
    from server.app import cli_ops

    if arguments.store:
        return cli_ops.try_store(arguments.store)
    with _with_database(settings) as complete:
        return cli_ops.doctor(complete)


def _archive(settings: Settings, arguments: argparse.Namespace) -> int:
    from server.app import cli_ops

    with _with_database(settings) as complete:
        return (cli_ops.restore if arguments.restores else cli_ops.back_up)(complete, arguments.file)


def _reset(settings: Settings, arguments: argparse.Namespace) -> int:
    from server.app.demo.reset import reset

    return reset(settings, assume_yes=arguments.yes)


def _menus(settings: Settings, arguments: argparse.Namespace) -> int:
    from server.app import cli_ops

    _known_hospital(settings, arguments.hospital)
    with _with_database(settings) as complete:
        cli_ops.push_menus(complete, arguments.hospital)
    return OK


def _code(settings: Settings, arguments: argparse.Namespace) -> int:
    from server.app import cli_ops

    _known_hospital(settings, arguments.hospital)
    with _with_database(settings) as complete:
        if "scene" in arguments:
            return cli_ops.make_poster(complete, arguments.hospital, arguments.scene, arguments.out)
        cli_ops.make_qr(complete, arguments.hospital, arguments.card, tuple(arguments.bill), arguments.out)
    return OK


def _of_people(settings: Settings, arguments: argparse.Namespace) -> int:
    from server.app import cli_persons, cli_staff
    from settings import load_hospitals

    of_whom = {"person": cli_persons, "staff": cli_staff}[arguments.name]
    wanted, hospitals = of_whom.understood(arguments.words), [each.id for each in load_hospitals(settings)]
    with _with_database(settings) as complete:
        return int(of_whom.run(complete, hospitals, wanted))


def _reconcile(settings: Settings, arguments: argparse.Namespace) -> int:
    from server.app.cli_days import reconcile

    return reconcile(settings, arguments.words, _known_hospital, _with_database)


def _audit_verify(settings: Settings, arguments: argparse.Namespace) -> int:
    from server.app import cli_ops

    _known_hospital(settings, arguments.hospital)
    with _with_database(settings) as complete:
        return cli_ops.verify_audit(complete, arguments.hospital, arguments.day, arguments.head)


def _keys(settings: Settings, arguments: argparse.Namespace) -> int:
    from server.app import cli_keys

    if "act" not in arguments:
        return cli_keys.add(settings)
    with _with_database(settings) as complete:
        return cli_keys.run(complete, arguments.act)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, then where the help is."""

    def error(self, message: str) -> NoReturn:
        unknown = re.match(r"argument command: invalid choice: '(.*?)' \(choose from (.*)\)", message)
        if unknown:
            close = get_close_matches(unknown[1], re.findall(r"\w+", unknown[2]), n=1)
            message = f"there is no command {unknown[1]}" + (f"; did you mean {close[0]}?" if close else "")
        self.exit(WRONG_SETTINGS, f"run.py: {message}\nAll commands: python run.py --help\n")


def _audit_words(audit: argparse.ArgumentParser) -> argparse.ArgumentParser:
    audit.add_argument("act", choices=["verify"])
    audit.add_argument("--day", metavar="DATE", type=date.fromisoformat, help="only what is said of this day")
    audit.add_argument("--head", metavar="HEX", default="", help="the head that finance was told")
    return audit


def _add_codes(qr: argparse.ArgumentParser, poster: argparse.ArgumentParser) -> None:
    for code in (qr, poster):
        code.add_argument("--hospital", metavar="ID", required=True)
        code.add_argument("--out", metavar="FILE", type=Path, required=True)
    qr.add_argument("--card", metavar="CARD_NO", required=True)
    qr.add_argument("--bill", metavar="BILL_NO", action="append", required=True, help="repeat for several bills")
    poster.add_argument("--scene", required=True, help="where it hangs, in up to 32 letters, digits and signs")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="run.py", description="Zhenfu 诊付: payments for hospitals. Without a command it starts the demo."
    )
    parser.set_defaults(command=_demo)
    commands = parser.add_subparsers(metavar="command", parser_class=_Parser)

    def command(name: str, act: object, text: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
        made.set_defaults(command=act)
        return made

    command("demo", _demo, "everything on this machine: database, sandbox, server, worker (the default)")
    command("serve", _serve, "the server: pages, notifications, the chat's callback")
    command("work", _work, "a worker: does what payments still owe the world")
    command("sandbox", _sandbox, "the outside world for the demo: WeChat, WeChat Pay, SMS, a hospital")
    doctor = command("doctor", _doctor, "check settings, database and open payments; say what to mend")
    doctor.add_argument(
        "--store", metavar="URI", help="try what Zhenfu needs of a MongoDB, in a scratch database there"
    )
    reset = command("reset", _reset, "back to the first morning: clear the demo's data, app and sandbox together")
    reset.add_argument("--yes", action="store_true", help="do not ask")
    menus = command("menus", _menus, "push the official account's menu of each hospital")
    _add_codes(command("qr", _code, "make a bill's QR code"), command("poster", _code, "make the mini-program's code"))
    backup = command("backup", _archive, "copy the whole database into a file, while everything runs")
    restore = command("restore", _archive, "put a backup into an empty database, after checking all of it")
    for restores, archive in enumerate((backup, restore)):
        archive.add_argument("file", metavar="FILE", type=Path)
        archive.set_defaults(restores=bool(restores))
    command("staff", _of_people, "who works here: invite, list, leave, limits, agree")
    command("person", _of_people, "what is held about one person: export, erase")
    audit = command("audit", _audit_verify, "recompute the audit chain; say what was changed, lost or moved")
    for one_or_all in (menus, _audit_words(audit)):
        one_or_all.add_argument("--hospital", metavar="ID", help="only this one")
    command("reconcile", _reconcile, "compare a channel's day with ours: exit 0 closed, 1 differing, 2 could not run")
    command("keyring", _keys, "make this installation's sealing keys, or add one that seals from now on")
    keys = command("keys", _keys, "status: what still needs which key; rotate: bring all under the one that seals")
    keys.add_argument("act", choices=["status", "rotate"])
    return parser


def main(words: Sequence[str] | None = None) -> int:
    """Exit status: 0 done, 1 failed, 2 wrong words or settings."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without Chinese shows question marks, not a traceback
    said = list(sys.argv[1:] if words is None else words)
    own = said[1:] if said[:1] in (["staff"], ["person"], ["reconcile"]) else []  # these have parsers of their own
    arguments = _parser().parse_args(said[: len(said) - len(own)])
    arguments.words, arguments.name = own, "".join(said[:1])
    try:
        from server.core.errors import ZhenfuError
        from settings import SettingsError, load_settings

        os.umask(0o077)  # data, logs and backups are ours alone
        try:
            status: int = arguments.command(load_settings(), arguments)
        except SettingsError as error:
            print(*error.sentences, sep="\n", file=sys.stderr)
            return WRONG_SETTINGS
        except ZhenfuError as error:  # what went wrong outside, in the words of the tree of errors
            print(f"run.py: {type(error).__name__}: {error}", file=sys.stderr)
            return FAILED
        return status
    except ModuleNotFoundError as missing:
        if str(missing.name).partition(".")[0] in ("server", "sandbox", "handlers", "settings"):
            raise  # a part of our own is not there: that is a bug, not an environment without packages
        why = f"the package {missing.name} is not installed here; `make run` makes the environment and starts the demo."
        print(f"run.py: {why}", file=sys.stderr)
        return FAILED


if __name__ == "__main__":
    sys.exit(main())
