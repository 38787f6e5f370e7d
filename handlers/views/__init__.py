"""View models: pure functions from domain objects to dictionaries of ready strings. Templates only place them."""
