"""Bad input at every door, against the real application and the real adapters over stores in memory (docs/bad-input.md)."""
