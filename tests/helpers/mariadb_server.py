"""Runs a command beside a private MariaDB server that lives only as long as it.

    python -m tests.helpers.mariadb_server -- COMMAND [ARGUMENT ...]

The server listens on a socket in a temporary folder and nowhere else, so that any
number of them run side by side and none meets the machine's own. The command finds
it through the environment variables that `moztrap.settings.test` reads.
"""

import getpass
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("mariadbd", "mariadb-install-db", "mariadb")
START_SECONDS = 60


@dataclass(frozen=True)
class Server:
    """A running private server."""

    socket: Path
    user: str
    database: str

    def environment(self) -> dict[str, str]:
        """What the application's test settings read."""
        return {
            "MOZTRAP_TEST_DATABASE": "mariadb",
            "MOZTRAP_TEST_DATABASE_HOST": str(self.socket),
            "MOZTRAP_TEST_DATABASE_USER": self.user,
            "MOZTRAP_TEST_DATABASE_NAME": self.database,
        }


class ServerError(RuntimeError):
    """The private server did not come up; the message says why."""


def _require_programs() -> None:
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/bin"])
    missing = [name for name in PROGRAMS if shutil.which(name, path=path) is None]
    if missing:
        raise ServerError(
            f"not installed: {', '.join(missing)}\n"
            "type: apt-get install --no-install-recommends mariadb-server-core mariadb-client-core"
        )
    os.environ["PATH"] = path


def _run(command: list[str], log: Path) -> None:
    with log.open("ab") as output:
        done = subprocess.run(command, stdout=output, stderr=output, check=False)
    if done.returncode != 0:
        raise ServerError(f"{command[0]} ended with {done.returncode}:\n{_tail(log)}")


def _tail(log: Path) -> str:
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-20:])


@contextmanager
def private_server(arguments: Sequence[str] = ("--skip-networking",)) -> Iterator[Server]:
    """Start a server in a temporary folder; stop it and remove everything at the end.

    With other `arguments` it may listen on a port, too.
    """
    _require_programs()
    user = getpass.getuser()
    # A socket's path may have 107 characters at most: no deep folders.
    with tempfile.TemporaryDirectory(prefix="moztrap-db-", dir="/tmp") as folder:
        home = Path(folder)
        data, log = home / "data", home / "log"
        server = Server(home / "socket", "root", "moztrap")
        _run(
            [
                "mariadb-install-db",
                "--no-defaults",
                f"--datadir={data}",
                f"--user={user}",
                "--skip-test-db",
                "--auth-root-authentication-method=normal",
            ],
            log,
        )
        with log.open("ab") as output:
            process = subprocess.Popen(
                [
                    "mariadbd",
                    "--no-defaults",
                    f"--datadir={data}",
                    f"--user={user}",
                    f"--socket={server.socket}",
                    *arguments,
                    "--skip-log-bin",
                    f"--pid-file={home / 'pid'}",
                    f"--tmpdir={home}",
                    "--character-set-server=utf8mb4",
                    "--collation-server=utf8mb4_unicode_520_ci",
                    "--default-storage-engine=InnoDB",
                    "--sql-mode=STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION,"
                    "ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,NO_ZERO_IN_DATE",
                    # The data is thrown away: no need to wait for the disk.
                    "--innodb-flush-log-at-trx-commit=0",
                    "--innodb-doublewrite=0",
                ],
                stdout=output,
                stderr=output,
            )
        try:
            _wait(server, process, log)
            yield server
        finally:
            process.terminate()
            process.wait(timeout=60)


def _wait(server: Server, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        if process.poll() is not None:
            raise ServerError(f"mariadbd ended with {process.returncode}:\n{_tail(log)}")
        answered = subprocess.run(
            [
                "mariadb",
                "--no-defaults",
                f"--socket={server.socket}",
                f"--user={server.user}",
                "--execute",
                f"CREATE DATABASE IF NOT EXISTS {server.database}",
            ],
            capture_output=True,
            check=False,
        )
        if answered.returncode == 0:
            return
        if time.monotonic() > deadline:
            raise ServerError(f"mariadbd did not answer in {START_SECONDS} s:\n{_tail(log)}")
        time.sleep(0.2)


def main(arguments: list[str]) -> int:
    """Run the command beside a private server and pass on its exit status."""
    if arguments[:1] == ["--"]:
        arguments = arguments[1:]
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        with private_server() as server:
            environment = {**os.environ, **server.environment()}
            return subprocess.run(arguments, env=environment, check=False).returncode
    except ServerError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
