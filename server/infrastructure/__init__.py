"""What adapters stand on: the wire, the breaker, sealing, the shared clock, chance, QR codes, the embedded database."""
