"""住院: admissions, the deposits that are paid for them, and what comes of the deposits at discharge."""
