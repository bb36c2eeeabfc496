"""The WSGI callable, `application`, with the vendor library instead of installed packages."""

from moztrap.deploy.vendor import add_library

add_library()

from moztrap.deploy.wsgi import application  # noqa: E402

__all__ = ["application"]
