"""The engine of owed work: documents that owe effects, the ledger that changes them, leases, retries and the worker. It knows no payment."""
