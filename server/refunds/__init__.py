"""退费: refunds that people ask for, from the request to the money."""
