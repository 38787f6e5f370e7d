"""Deterministic simulation: the real services, effects and channel adapters against the sandbox's world, on one seed's clock.

``python -m tests.simulation --seed N --steps M`` replays one run; see docs/simulation.md.
"""
