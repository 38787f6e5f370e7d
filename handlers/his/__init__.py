"""``/his/v1``: what the HIS asks of us."""
