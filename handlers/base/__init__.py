"""What every door stands on: the base handler, errors, limits, pages."""
