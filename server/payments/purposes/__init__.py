"""What a payment is for: one folder each."""
