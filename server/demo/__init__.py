"""The demo: the whole of Zhenfu with its sandbox on one machine, one command. Started by ``run.py``, imported by nothing else.

It sees settings and processes only: what runs inside them is ``server/bootstrap.py``'s affair, or the sandbox's.
"""
