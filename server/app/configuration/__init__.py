"""How settings become typed values: sentences for what is wrong, secrets by reference, addresses, keys, hospitals.

``settings.py`` at the root is the door; nothing in here starts, connects or listens.
"""
