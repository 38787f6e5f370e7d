"""The sandbox against clients that nobody here wrote, the official vectors, and the platforms' rules. Nothing of the app is imported here."""
