"""The payment's transitions and what is read off it. Pure: document to document, no I/O, no clock, no chance."""
