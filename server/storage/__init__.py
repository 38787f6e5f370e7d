"""Documents ↔ domain. The only importer of the MongoDB driver, and its in-memory twin."""
