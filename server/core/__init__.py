"""What every capability shares: errors, money, days, numbers, typed text, history, and the ports of time, chance and the wire."""
