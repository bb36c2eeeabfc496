"""The sites that are visited: one on a disposable host, or one that needs none."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.playbook import REPOSITORY

WAIT_SECONDS = 60
_SETTINGS = "moztrap.settings.for_browser"
_NOT_COPIED = shutil.ignore_patterns("*.sqlite3", "local.py", ".*", "__pycache__")


@dataclass(frozen=True)
class Person:
    """Who somebody is on the site."""

    name: str
    password: str


ADMINISTRATOR = Person("robin", "pictures of a sample")
# Who works beside the administrator, with the same permissions.
COLLEAGUE = Person("kim", "words from a colleague")


@dataclass(frozen=True)
class Site:
    """Where it answers, without a slash at the end, and who may do everything there."""

    url: str
    administrator: Person


@dataclass(frozen=True)
class Demo(Site):
    """A disposable host with the site on it; its mail and its CA lie in `folder`."""

    folder: Path


def read_demo(folder: Path) -> Demo:
    """Return what `make demo` has left in `folder`, or raise AssertionError."""
    missing = [
        name for name in ("url", "ca.pem", "credentials.json") if not (folder / name).exists()
    ]
    assert not missing, f"{folder} has no {', '.join(missing)}. type: make demo"
    account = json.loads((folder / "credentials.json").read_text())
    return Demo(
        url=(folder / "url").read_text().strip().rstrip("/"),
        administrator=Person(account["username"], account["password"]),
        folder=folder,
    )


@contextmanager
def serve(folder: Path, **settings: object) -> Iterator[Site]:
    """Serve the seeded sample from a copy of app/ in `folder`, on SQLite, until the block ends.

    `settings` are written below those of development, as an operator's would be.
    Raises AssertionError with the server's own words when it does not answer in WAIT_SECONDS.
    """
    app = folder / "app"
    shutil.copytree(REPOSITORY / "app", app, ignore=_NOT_COPIED)
    lines = ["from moztrap.settings.default import *"]
    lines += [f"{name} = {value!r}" for name, value in settings.items()]
    module = app.joinpath(*_SETTINGS.split(".")).with_suffix(".py")
    module.write_text("\n".join(lines) + "\n")
    _manage(app, "migrate", "--verbosity=0")
    _manage(app, "seed_sample")
    for person in (ADMINISTRATOR, COLLEAGUE):
        _manage(
            app,
            "ensure_admin",
            f"--username={person.name}",
            f"--email={person.name}@postbox.example",
            typed=f"{person.password}\n",
        )
    address = f"127.0.0.1:{_free_port()}"
    log = folder / "server.log"
    with (
        log.open("w") as output,
        subprocess.Popen(
            [sys.executable, "manage.py", "runserver", "--noreload", address],
            cwd=app,
            env=_environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as server,
    ):
        try:
            _wait_for(f"http://{address}", server, log)
            yield Site(f"http://{address}", ADMINISTRATOR)
        finally:
            server.terminate()


def _environment() -> dict[str, str]:
    return os.environ | {"DJANGO_SETTINGS_MODULE": _SETTINGS, "PYTHONDONTWRITEBYTECODE": "1"}


def _manage(app: Path, *words: str, typed: str = "") -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=app,
        env=_environment(),
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"manage.py {' '.join(words)}: {done.stderr}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/healthz", timeout=2).close()  # noqa: S310
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(f"{url} does not answer; its server said: {log.read_text()}")
