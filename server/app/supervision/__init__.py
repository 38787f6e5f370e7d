"""Child processes of ours: none outlives its parent, they stop in order, and what dies is restarted a bounded number of times.

Two need it: the demo, which runs everything, and ``run.py serve`` with several processes.
"""
