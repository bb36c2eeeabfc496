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
    "import http.client, socket, ssl, sys\n"
    "trust = ssl.create_default_context(cadata=sys.stdin.read())\n"
    "asked = http.client.HTTPSConnection({name!r}, context=trust)\n"
    "plain = socket.create_connection(({address!r}, 443), 30)\n"
    "asked.sock = trust.wrap_socket(plain, server_hostname={name!r})\n"
    "asked.request('GET', '/readyz')\n"
    "print(asked.getresponse().read().decode())\n"
)


def readiness(asking: Host, server_name: str, address: str, authority: str) -> dict[str, Any]:
    """What `/readyz` at this address tells a host over HTTPS that trusts this authority (PEM)."""
    script = READY.format(name=server_name, address=address)
    shown = asking.run(f"python3 -c %s <<'END'\n{authority}\nEND", script)
    assert shown.rc == 0, shown.stderr
    return dict(json.loads(shown.stdout))
