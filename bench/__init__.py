"""Measurements on this machine: speed is shown here, never by a timed test."""
