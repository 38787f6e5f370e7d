"""Who may ask for a refund, of what, and how it goes on. Pure."""
