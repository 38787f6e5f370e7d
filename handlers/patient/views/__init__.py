"""View models: pure functions to dictionaries of ready strings. Templates only place them."""
