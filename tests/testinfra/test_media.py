"""What is uploaded through one web host is read through every other."""

import hashlib
import secrets
from pathlib import Path

import pytest
import testinfra
from testinfra.host import Host

from tests.helpers import inventory as inventories
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
        "cd %s && runuser -u moztrap -- venv/bin/python -B manage.py shell --verbosity 0 -c %s",
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
