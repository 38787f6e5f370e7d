"""View models of the console."""
