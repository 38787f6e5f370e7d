"""The use cases, one a file. They know the domain and the ports, never an adapter and never a platform by name."""
