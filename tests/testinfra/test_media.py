"""What is uploaded through one web host is read through every other."""

import hashlib
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import testinfra
from testinfra.host import Host

from tests.helpers import inventory as inventories
from tests.helpers.tunnel import Tunnel
from tests.helpers.visitor import Visitor, links_of
from tests.helpers.website import Site
from tests.testinfra.conftest import Value

GROUPS = ("web",)
UNITS = ("moztrap-application@main.service", "moztrap-gunicorn@*.service")
# Larger than what the database takes in one statement by default, were it not cut up.
SIZE = 20 * 1024 * 1024
LIVE = "/srv/moztrap/current"

WRITE = """
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
print(default_storage.save({name!r}, ContentFile({seed!r} * {count})))
"""
READ = """
import hashlib
from django.core.files.storage import default_storage
digest = hashlib.sha256()
with default_storage.open({name!r}) as stored:
    for chunk in stored.chunks():
        digest.update(chunk)
print(digest.hexdigest())
"""
REMOVE = """
from django.core.files.storage import default_storage
default_storage.delete({name!r})
print(default_storage.exists({name!r}))
"""


def ask(host: Host, program: str) -> str:
    """The last line that a program says, run as the application runs."""
    shown = host.run(
        "cd %s && runuser -u moztrap -- bin/manage shell --verbosity 0 -c %s",
        LIVE,
        program,
    )
    assert shown.rc == 0, shown.stderr
    return str(shown.stdout.strip().splitlines()[-1])


@pytest.fixture
def others(host: Host, inventory: Path) -> list[Host]:
    """Every web host; one that is alone reads what it wrote itself."""
    names = inventories.groups(inventory)["web"]
    return [
        testinfra.get_host(f"ansible://{name}", ansible_inventory=str(inventory)) for name in names
    ]


def test_a_large_upload_is_whole_on_every_web_host(
    host: Host, others: list[Host], value: Value
) -> None:
    seed = secrets.token_bytes(1024)
    count = SIZE // len(seed)
    name = ask(host, WRITE.format(name=f"test/{secrets.token_hex(8)}.bin", seed=seed, count=count))
    try:
        expected = hashlib.sha256(seed * count).hexdigest()
        for other in others:
            assert ask(other, READ.format(name=name)) == expected, other.backend.get_hostname()
    finally:
        assert ask(others[-1], REMOVE.format(name=name)) == "False"
    stored = value("moztrap_media_storage")
    assert host.file(f"/srv/moztrap/media/{name}").exists is False, f"left behind ({stored})"


@pytest.fixture
def version(administrator: Visitor) -> Iterator[str]:
    """The number of a product version, there for the time of a test."""
    name = f"Uploads {secrets.token_hex(4)}"
    page = administrator.submit(administrator.get("/products/new/"), {"name": name})
    assert page.status == 200, page.describe()
    path = administrator.path_of(page.url)
    made = administrator.submit(administrator.get(f"{path}versions/new/"), {"version": "1.0"})
    assert made.status == 200, made.describe()
    yield made.url.rstrip("/").rsplit("/", 1)[-1]
    administrator.submit(administrator.get(f"{path}delete/"), {}, to=f"{path}delete/")


def test_an_attachment_sent_to_one_web_host_is_downloaded_from_each(
    administrator: Visitor,
    version: str,
    value: Value,
    tunnels: Callable[[str, str], Tunnel],
) -> None:
    content = secrets.token_bytes(300_000)
    page = administrator.submit(
        administrator.get("/cases/new/"),
        {"productversion": version, "name": "Keeps its file"},
        files={"new_files": ("evidence.bin", content)},
    )
    attachments = [link for link in links_of(page) if "/cases/attachments/" in link]
    assert len(attachments) == 1, page.describe()
    facts = value(
        "{'names': moztrap_web_hosts, 'addresses': moztrap_web_addresses,"
        " 'balancers': moztrap_balancer_hosts}"
    )
    for name, address in zip(facts["names"], facts["addresses"], strict=True):
        here = administrator.site
        if facts["balancers"]:
            ports = tunnels(name, address).ports
            here = Site(here.url, here.ca_file, "127.0.0.1", forwarded=ports)
        reader = Visitor(here)
        reader.cookies = dict(administrator.cookies)
        got = reader.get(attachments[0])
        assert (got.status, got.body == content) == (200, True), f"{name}: {got.describe()}"
