"""Disposable Debian hosts with systemd, reached over plain SSH.

They are made from the machine's own Debian mirror, without an image registry.
"""
