"""The live application of a web host, asked from inside."""

from collections.abc import Callable
from typing import Any

from testinfra.host import Host


def ask(host: Host, value: Callable[[str], Any], script: str) -> str:
    """Run Python with the live settings as the application's user; return what it prints."""
    home, user = value("[moztrap_home, moztrap_user]")
    shown = host.run(
        "cd %s && setpriv --reuid=%s --regid=%s --init-groups"
        " bin/manage shell --verbosity 0 -c %s",
        f"{home}/current", user, user, script,
    )  # fmt: skip
    assert shown.rc == 0, shown.stderr
    return str(shown.stdout.strip())
