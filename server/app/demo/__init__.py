"""The demo: all of Zhenfu with its sandbox on one machine, by one command. Started by ``run.py``, imported by no other.

It sees settings and processes only: what runs inside them is ``server/app/bootstrap.py``'s affair, or the sandbox's.
"""
