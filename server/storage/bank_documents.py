"""A hospital's bank book as text: one JSON object; a MAC stands over it in the database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from server.reconciliation.bank_model import Arrival, BankBook, BankFile, Payout
from server.storage.json_text import json_text

SCHEMA = 1


def book_to_text(book: BankBook) -> str:
    """All of the book but ``tampered``."""
    told = {
        "schema": SCHEMA,
        "hospital": book.hospital,
        "version": book.version,
        "payouts": [asdict(each) for each in book.payouts],
        "waiting": [asdict(each) for each in book.waiting],
        "files": [asdict(each) for each in book.files],
    }
    return json_text(told)


def book_from_text(text: str) -> BankBook:
    """Raises whatever is wrong with a text that `book_to_text` did not make."""
    told = json.loads(text)
    return BankBook(
        hospital=told["hospital"],
        version=told["version"],
        payouts=tuple(_payout(each) for each in told["payouts"]),
        waiting=tuple(_arrival(each) for each in told["waiting"]),
        files=tuple(_file(each) for each in told["files"]),
    )


def _payout(told: Mapping[str, Any]) -> Payout:
    arrivals = tuple(_arrival(each) for each in told["arrivals"])
    return Payout(**{**told, "at": datetime.fromisoformat(told["at"]), "arrivals": arrivals})


def _arrival(told: Mapping[str, Any]) -> Arrival:
    return Arrival(**{**told, "at": datetime.fromisoformat(told["at"]), "numbers": tuple(told["numbers"])})


def _file(told: Mapping[str, Any]) -> BankFile:
    first, last = (date.fromisoformat(told[name]) for name in ("first", "last"))
    return BankFile(**{**told, "at": datetime.fromisoformat(told["at"]), "first": first, "last": last})
