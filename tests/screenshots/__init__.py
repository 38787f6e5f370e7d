"""Pictures of every page for people to look at: `make screenshots`. They prove nothing; tests beside the pages hold what must be so."""
