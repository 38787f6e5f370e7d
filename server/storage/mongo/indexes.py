"""The indexes of every collection."""

from __future__ import annotations

from pymongo import ASCENDING, IndexModel

# Ranges stand last and everything ascends: a compound index then answers every query of ours by scanning keys only.
INDEXES: dict[str, list[IndexModel]] = {
    "payments": [
        IndexModel(
            [("hospital", ASCENDING), ("claims", ASCENDING)],
            name="claims",
            unique=True,
            partialFilterExpression={"claims": {"$exists": True}},
        ),
        IndexModel([("next_due", ASCENDING)], name="due", sparse=True),
        IndexModel([("hospital", ASCENDING), ("created_at", ASCENDING)], name="created"),
        # Whose a payment is, what it claims and what people hold of it: keyed hashes in one array. (The embedded database never reads by the
        # partial index above.)
        IndexModel([("hospital", ASCENDING), ("search_keys", ASCENDING), ("created_at", ASCENDING)], name="search"),
    ],
    "staff": [
        IndexModel(
            [("hospital", ASCENDING), ("identity", ASCENDING)],
            name="identity",
            unique=True,
            partialFilterExpression={"identity": {"$exists": True}},
        ),
        # The embedded database never reads by a partial index.
        IndexModel([("hospital", ASCENDING), ("identity", ASCENDING), ("number", ASCENDING)], name="people"),
    ],
    "audit": [
        IndexModel([("hospital", ASCENDING), ("number", ASCENDING)], name="chain", unique=True),
        IndexModel([("hospital", ASCENDING), ("entry", ASCENDING)], name="entry", unique=True),
        IndexModel([("hospital", ASCENDING), ("day", ASCENDING), ("number", ASCENDING)], name="day"),
    ],
    # (The embedded database knows no range of names but by an index of ours.)
    "cards": [
        IndexModel([("hospital", ASCENDING), ("cards.card", ASCENDING)], name="card"),
        IndexModel([("hospital", ASCENDING), ("_id", ASCENDING)], name="place"),
    ],
    "people": [
        IndexModel([("hospital", ASCENDING), ("marks", ASCENDING)], name="marks"),
        IndexModel([("hospital", ASCENDING), ("_id", ASCENDING)], name="place"),
    ],
    "staff_facts": [
        IndexModel([("hospital", ASCENDING), ("fact", ASCENDING)], name="fact"),
        IndexModel([("hospital", ASCENDING), ("number", ASCENDING)], name="number"),
    ],
    "unclaimed": [
        IndexModel([("hospital", ASCENDING), ("at", ASCENDING)], name="latest"),
        IndexModel([("hospital", ASCENDING), ("out_trade_no", ASCENDING), ("at", ASCENDING)], name="order"),
        IndexModel([("hospital", ASCENDING), ("state", ASCENDING), ("at", ASCENDING)], name="state"),
        IndexModel([("next_due", ASCENDING)], name="due", sparse=True),
    ],
    "alerts": [
        IndexModel([("hospital", ASCENDING), ("at", ASCENDING)], name="latest"),
        IndexModel([("hospital", ASCENDING), ("live", ASCENDING), ("kind", ASCENDING), ("at", ASCENDING)], name="kind"),
        IndexModel([("hospital", ASCENDING), ("live", ASCENDING), ("id", ASCENDING)], name="live"),
        IndexModel([("hospital", ASCENDING), ("due_at", ASCENDING)], name="alert_due"),
        IndexModel([("hospital", ASCENDING), ("unsealed", ASCENDING), ("id", ASCENDING)], name="unsealed"),
    ],
    "reconciliation_days": [
        IndexModel([("next_due", ASCENDING)], name="due", sparse=True),
        IndexModel([("hospital", ASCENDING), ("day", ASCENDING)], name="day"),
    ],
    "timetables": [IndexModel([("next_due", ASCENDING)], name="due", sparse=True)],
    "pulses": [IndexModel([("at", ASCENDING)], name="expiry", expireAfterSeconds=86_400)],
    "sessions": [IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0)],
    "short_lived": [IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0)],
}
