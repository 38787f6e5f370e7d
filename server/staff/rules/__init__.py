"""What decides about staff and their proofs. Pure."""
