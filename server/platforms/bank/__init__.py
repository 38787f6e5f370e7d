"""Account statements as banks' counters export them (docs/capabilities/reconciliation.md). Nothing is called: a person brings the file."""
