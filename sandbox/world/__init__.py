"""What all platforms of the sandbox share: time, chance, records, faults, outbound deliveries, people. No sockets in here."""
