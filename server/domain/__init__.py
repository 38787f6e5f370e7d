"""The rules. No I/O, no clock, no web framework, no database: the same input always gives the same answer."""
