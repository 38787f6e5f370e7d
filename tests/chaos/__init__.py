"""The crash test on the real thing (docs/chaos.md): real processes, killed at random moments under load, then both sides' books compared."""
