"""Documents ↔ domain. The only importer of the MongoDB driver, and its in-memory twin."""

import os

# How many calls may wait for the database at once. Motor reads it when it is imported, which happens below this package; its
# own default, five threads a core, makes requests queue for a thread while the database is idle (practices.md D).
os.environ.setdefault("MOTOR_MAX_WORKERS", "64")
