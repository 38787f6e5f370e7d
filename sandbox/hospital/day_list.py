"""statement.day (docs/his-interface.md section 7): every receipt and refund of a day, in pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sandbox.hospital.errors import No
from sandbox.hospital.ledger import RELEASE, TRADE
from sandbox.hospital.receipts import LIVING, with_receipts
from sandbox.hospital.takings import ON_ACCOUNTS, Takings
from sandbox.world.scene import Scene
from sandbox.world.statement_faults import spoilt
from sandbox.world.wire import Record

NAME = "statement.day"
FAULTS = {"missing_row", "doubled_row", "wrong_amount", "wrong_total", "half_written", "late_file", LIVING}
_TOLD = (
    "kind", "way", "amount_fen", "his_trade_no", "out_trade_no", "out_refund_no", "transaction_id", "entrance", "terminal",
    "operator", "shift", "department", "doctor", "items",
)  # fmt: skip
Bills = Callable[[Iterable[str]], list[Record]]


class DayList:
    """``bills`` finds bills by their numbers, cancelled ones too."""

    def __init__(self, scene: Scene, takings: Takings, bills: Bills) -> None:
        self._scene = scene
        self._takings = takings
        self._bills = bills

    def answer(self, asked: Record, fault: Record | None = None) -> Record:
        """One page. ``fault`` spoils the list, if there is one. Raises No."""
        fault = fault or {}
        what = fault.get("what", "")
        if what == "late_file":
            raise No("BUSY", "当日账目还没有生成，请稍后再取")
        rows = list(
            with_receipts(
                self._spoilt(self.rows(asked["date"]), what), living=what == LIVING or bool(fault.get(LIVING))
            )
        )
        totals = {
            f"{kind}_fen": sum(row["amount_fen"] for row in rows if row["kind"] == kind)
            for kind in ("payment", "refund")
        }
        totals["payment_fen"] += 1 if what == "wrong_total" else 0
        listed = rows[: len(rows) // 2] if what == "half_written" else rows
        return {"total": len(rows), **totals, "rows": listed[asked["offset"] : asked["offset"] + asked["limit"]]}

    def rows(self, day: str) -> list[Record]:
        """In the order of booking, so that pages do not overlap."""
        records = self._scene.records
        rows = [
            *map(self._payment, records.all(TRADE)),
            *map(self._refund, records.all(RELEASE)),
            *({**{name: row[name] for name in _TOLD}, "booked_at": row["at"]} for row in self._takings.all()),
        ]
        of_day = [row for row in rows if str(row["booked_at"]).startswith(day)]
        return sorted(of_day, key=lambda row: (row["booked_at"], row["his_trade_no"]))

    def _spoilt(self, rows: list[Record], what: str) -> list[Record]:
        """The fault strikes the last payment that stands in a channel's statement, too, so that matching meets it; else the last row."""
        only_here = {row["his_trade_no"] for row in self._takings.all() if row.get("only_here")}
        at_channel = [
            place for place, row in enumerate(rows, start=1)
            if row["kind"] == "payment" and row["way"] in ON_ACCOUNTS and row["his_trade_no"] not in only_here
        ]  # fmt: skip
        until = at_channel[-1] if at_channel else len(rows)
        struck = _wrong_amount(rows[:until]) if what == "wrong_amount" else spoilt(rows[:until], what)
        return [*struck, *rows[until:]]

    def _payment(self, trade: Record) -> Record:
        bills = self._bills(trade["bill_nos"])
        items = [
            (item["category"], item.get("own_fen", item["amount_fen"])) for bill in bills for item in bill["items"]
        ]
        return {
            "kind": "payment", "way": trade["channel"], **_some(trade, "amount_fen", "his_trade_no", "out_trade_no", "transaction_id"),
            "out_refund_no": "", **_some(trade, "entrance", "terminal", "operator"), "shift": "", **_whose(bills or [trade]),
            "items": _by_category(items, trade["amount_fen"]), "booked_at": trade["at"],
        }  # fmt: skip

    def _refund(self, release: Record) -> Record:
        trade = self._scene.records.get(TRADE, release["out_trade_no"]) or {"channel": "other", "bill_nos": []}
        bills = self._bills(trade["bill_nos"])
        category = {item["item_no"]: item["category"] for bill in bills for item in bill["items"]}
        items = [(category.get(line["item_no"], "其他"), line["amount_fen"]) for line in release["lines"]]
        return {
            "kind": "refund", "way": trade["channel"], **_some(release, "amount_fen", "out_trade_no", "out_refund_no"),
            "his_trade_no": release["his_refund_no"], "transaction_id": release.get("channel_refund_no", ""), "entrance": "", "terminal": "",
            "operator": "", "shift": "", **_whose(bills or [trade]), "items": _by_category(items, release["amount_fen"]), "booked_at": release["at"],
        }  # fmt: skip


def _whose(bills: list[Record]) -> Record:
    """Department and doctor, where all bills have the same; those of the trade itself where it is for a registration."""
    told = {}
    for name in ("department", "doctor"):
        named = {bill.get(name, "") for bill in bills}
        told[name] = named.pop() if len(named) == 1 else ""
    return told


def _by_category(items: list[tuple[str, int]], amount_fen: int) -> list[Record]:
    """The amount by item category; nothing where the HIS does not know how it is shared out."""
    if sum(fen for _, fen in items) != amount_fen:
        return []
    shares: dict[str, int] = {}
    for category, fen in items:
        shares[category] = shares.get(category, 0) + fen
    return [{"category": category, "amount_fen": fen} for category, fen in shares.items()]


def _wrong_amount(rows: list[Record]) -> list[Record]:
    return [*rows[:-1], *({**row, "amount_fen": row["amount_fen"] + 1} for row in rows[-1:])]


def _some(record: Record, *names: str) -> Record:
    return {name: record[name] for name in names}
