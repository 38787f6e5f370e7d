"""View models of the console: pure functions that give ready strings."""
