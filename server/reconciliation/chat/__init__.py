"""Reconciliation in the staff's chat: finance asks for a day, its figures, and what differs."""
