"""The application's own tests, against the database server of disposable hosts."""

import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from testinfra.host import Host

from tests.helpers.playbook import REPOSITORY
from tests.testinfra.conftest import Sql

GROUPS = ("db",)
UNITS = ("mysql.service", "mariadb.service")
ACCOUNT = "suite"
SOCKET = "/run/mysqld/mysqld.sock"
TUNNEL_SECONDS = 30


@pytest.fixture
def socket(host: Host, testbed: Path) -> Iterator[Path]:
    """The server's socket on this machine."""
    # A socket's path may have 107 characters at most: no deep folders.
    with tempfile.TemporaryDirectory(prefix="moztrap-db-", dir="/tmp") as folder:
        path = Path(folder) / "socket"
        command = ["ssh", "-F", str(testbed / "ssh_config"), "-N", "-L", f"{path}:{SOCKET}"]
        tunnel = subprocess.Popen([*command, host.backend.get_hostname()])
        try:
            deadline = time.monotonic() + TUNNEL_SECONDS
            while not path.exists():
                assert tunnel.poll() is None, f"{command} ended with {tunnel.returncode}"
                assert time.monotonic() < deadline, f"{command}: no socket yet"
                time.sleep(0.1)
            yield path
        finally:
            tunnel.terminate()
            tunnel.wait()


@pytest.fixture
def password(sql: Sql) -> Iterator[str]:
    """Of an account that may make databases for tests, and nothing else."""
    made = secrets.token_urlsafe(24)
    sql(f"CREATE USER {ACCOUNT}@localhost IDENTIFIED BY '{made}'")
    sql(rf"GRANT ALL ON `test\_suite%`.* TO {ACCOUNT}@localhost")
    yield made
    sql(f"DROP USER {ACCOUNT}@localhost")


def test_the_applications_own_tests_pass(socket: Path, password: str, hasty: None) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", "--rootdir=app",
         "app"],
        cwd=REPOSITORY,
        env={
            **{name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")},
            "MOZTRAP_TEST_DATABASE": "mariadb",
            "MOZTRAP_TEST_DATABASE_HOST": str(socket),
            "MOZTRAP_TEST_DATABASE_USER": ACCOUNT,
            "MOZTRAP_TEST_DATABASE_PASSWORD": password,
            "MOZTRAP_TEST_DATABASE_NAME": "suite",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    last = done.stdout.strip().splitlines()[-60:]
    assert done.returncode == 0, "\n".join(last) + done.stderr[-2000:]
    print(last[-1])
