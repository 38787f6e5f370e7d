"""How the legs of a day are matched and what their differences are called. Pure."""
