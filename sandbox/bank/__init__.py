"""The hospital's bank: what the payment platforms pay out arrives there, and its account statements tell of it."""
