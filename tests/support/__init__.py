"""Played parts for tests: a clock, dice, builders of invented people and bills, and outside systems named by how they behave."""
