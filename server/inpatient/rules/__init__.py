"""What may be paid in and what goes back, decided without I/O. Pure."""
