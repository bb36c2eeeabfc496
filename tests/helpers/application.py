"""The live application of a web host, asked from inside, and what it says of itself."""

import json
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


READY = (
    "import ssl, sys, urllib.request\n"
    "trust = ssl.create_default_context(cadata=sys.stdin.read())\n"
    "print(urllib.request.urlopen({url!r}, context=trust).read().decode())\n"
)


def readiness(asking: Host, site_url: str, authority: str) -> dict[str, Any]:
    """What `/readyz` tells this host over HTTPS; `authority` in PEM is whom it trusts."""
    script = READY.format(url=f"{site_url}/readyz")
    shown = asking.run(f"python3 -c %s <<'END'\n{authority}\nEND", script)
    assert shown.rc == 0, shown.stderr
    return dict(json.loads(shown.stdout))
