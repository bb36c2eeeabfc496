"""Whom a connection trusts: as browsers, database clients and Postfix decide it."""

from __future__ import annotations

import ssl


def trusting(*, path: str | None = None, pem: str | None = None) -> ssl.SSLContext:
    """A client that trusts the authorities in a file or a text, or else those of the system.

    Python 3.13 alone refuses what others take, an authority without key usage for instance
    (VERIFY_X509_STRICT): nothing that serves its clients may be refused here.
    """
    context = ssl.create_default_context(cafile=path or None, cadata=pem or None)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context
