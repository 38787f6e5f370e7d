"""Everything put together: wiring, routes, processes, doctor, demo, command line."""
