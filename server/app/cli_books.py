"""The commands of `run.py` for whoever answers for the books and the keys: audit, keyring, keys, reconcile."""

from __future__ import annotations

import traceback
from datetime import date
from pathlib import Path
from typing import Any

import click

from server.app.cli_settings import database, load
from server.app.cli_words import FILE, Command, Day, Group, one_or_all, told


@click.group(cls=Group)
def audit() -> None:
    """The audit chain: verify."""


@audit.command(example="--hospital demo --day 2026-03-02")
@one_or_all
@click.option("--day", metavar="DATE", type=Day(), help="Only what is said of this day.")
@click.option("--head", metavar="HEX", default="", help="The head that finance was told.")
def verify(hospital: str | None, day: date | None, head: str) -> int:
    """Recompute the audit chain; say what was changed, lost or moved."""
    from server.app import cli_ops

    with database(hospital) as complete:
        return cli_ops.verify_audit(complete, hospital, day, head)


@click.command(cls=Command)
def keyring() -> int:
    """Make this installation's sealing keys, or add one that seals from now on."""
    from server.app import cli_keys

    return cli_keys.add(load())


@click.group(cls=Group)
def keys() -> None:
    """What still needs which key: status; bring all under the one that seals: rotate."""


@keys.command()
def status() -> int:
    """What still needs which key."""
    from server.app import cli_keys

    with database() as complete:
        return cli_keys.status(complete)


@keys.command()
def rotate() -> int:
    """Bring all that is stored under the key that seals."""
    from server.app import cli_keys

    with database() as complete:
        return cli_keys.rotate(complete)


@click.command(cls=Command, own_help=True, example="--hospital demo --day 2026-03-02")
@click.option("--hospital", metavar="ID", default="", help="This hospital's day, with the database.")
@click.option("--day", metavar="DATE", type=Day(), help="On files: else the day of our first row.")
@click.option("--ours", metavar="FILE", type=FILE, help="Our payments and refunds, as rows (docs/reconciliation.md).")
@click.option("--channel", metavar="FILE", type=FILE, help="The channel's trade statement as it was downloaded.")
@click.option("--fund", metavar="FILE", type=FILE, help="The channel's fund statement as it was downloaded.")
@click.option("--his", metavar="FILE", type=FILE, help="The HIS's list of the day, as rows.")
@click.option("--bank", metavar="FILE", type=FILE, help="The bank's statement of the account, until some days later.")
@click.option("--prefix", default="", help="Begins our order numbers (else: the letters of our first one).")
def reconcile(hospital: str, day: date | None, ours: Path | None, channel: Path | None, **more: Any) -> int:
    """Compare a channel's day with ours: exit 0 closed, 1 differing, 2 could not run."""
    try:
        return _reconciled(hospital, day, ours, channel, **more)
    except click.UsageError:
        raise
    except Exception as error:
        return _not_run(error)


def _reconciled(hospital: str, day: date | None, ours: Path | None, channel: Path | None, **more: Any) -> int:
    if hospital:
        if not day:
            raise click.UsageError("say which day: --hospital ID --day DATE")
        from server.app import cli_days

        with database(hospital) as complete:
            return cli_days.run(complete, hospital, day)
    if not (ours and channel):
        raise click.UsageError("say which files: --ours FILE --channel FILE; or which day: --hospital ID --day DATE")
    if more["bank"] and not more["fund"]:
        raise click.UsageError("--bank needs --fund FILE, which tells of the withdrawals")
    from server.app import cli_reconcile

    return cli_reconcile.run(cli_reconcile.DayFiles(ours, channel, day=day, **more))


def _not_run(error: Exception) -> int:
    """Whatever failed, nobody may take it for a day that differs."""
    from server.app.cli_reconcile import NOT_RUN

    try:
        told(error)
    except Exception:
        traceback.print_exc()
    return NOT_RUN
