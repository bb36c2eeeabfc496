"""nginx sends a body that was compressed beforehand, whatever it was asked before.

With Debian's module for them, memory which an earlier request has used had a say in it:
https://github.com/google/ngx_brotli/issues/134. How memory is used again depends on all requests
since the start; of a server just started it is known.
"""

import shlex
from collections.abc import Iterator

import pytest
from testinfra.host import Host

from tests.helpers.website import Site, open_connection
from tests.testinfra.conftest import Value

GROUPS = ("static",)
CHOSEN = "moztrap_web_server == 'nginx'"
UNITS = ("nginx.service",)
# Slashes at different places behind a file's name: the first brought the fault out.
BEFORE = ["/a" * 6, "b" + "/a" * 6, "/aa" * 4]


@pytest.fixture
def started(host: Host) -> Iterator[None]:
    """A web server that has just started, with its limits of starts forgotten."""
    assert host.run("systemctl reset-failed nginx; systemctl restart nginx").rc == 0
    yield
    host.run("systemctl reset-failed nginx")


@pytest.mark.usefixtures("started")
@pytest.mark.parametrize("tail", BEFORE)
def test_what_was_asked_before_changes_no_answer(
    host: Host, site: Site, value: Value, tail: str
) -> None:
    facts = value("{'folder': moztrap_home ~ '/assets', 'root': moztrap_static_url}")
    # Assets of earlier releases are there, too.
    command = "cd %s && find CACHE -name 'site.*.css.br' -printf '%%s %%p' -quit"
    found = host.run(command, facts["folder"])
    size, path = shlex.split(found.stdout)
    url = facts["root"] + path.removesuffix(".br")
    connection = open_connection(site)
    for asked, status in ((url + tail, 404), (url, 200)):
        connection.request("GET", asked, headers={"Accept-Encoding": "br"})
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == status, asked
    connection.close()
    assert len(body) == int(size), "compressed anew"
