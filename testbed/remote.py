"""Commands of the application, run on a web host as the user it runs as."""

import io
import json
import shlex
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path

from testbed.errors import TestbedError
from testbed.paths import state_directory
from testbed.ssh import Access

_LIVE = "/srv/moztrap/current"
_USER = "moztrap"


def manage(name: str, arguments: Sequence[str]) -> None:
    """Run a management command on the first web host; its output is shown as it comes."""
    host = _web_host(name)
    words = ["runuser", "-u", _USER, "--", "bin/manage", *arguments]
    # A terminal there gives a progress bar here.
    terminal = ["-t"] if sys.stdout.isatty() else []
    command = ["ssh", "-F", str(Access(state_directory(name)).config), *terminal, host]
    done = subprocess.run(
        [*command, f"cd {_LIVE} && {shlex.join(words)}"], stdin=subprocess.DEVNULL, check=False
    )
    if done.returncode:
        raise TestbedError(
            f"bin/manage {arguments[0]} on {host} ended with code {done.returncode}; "
            "its own words are above",
            f"ssh -F .testbed/{name}/ssh_config {host} journalctl --no-pager -n 50",
        )


def import_files(name: str, product: str, version: str, files: Sequence[Path]) -> None:
    """Bring export files to the first web host and import them there."""
    access = Access(state_directory(name))
    host = _web_host(name)
    megabytes = sum(file.stat().st_size for file in files) / 1e6
    print(f"Importing {len(files)} files, {megabytes:.1f} MB, as {product} {version}", flush=True)
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for file in files:
            archive.add(file, arcname=file.name, filter=_readable)
    made = access.run(host, "mktemp --directory --tmpdir import.XXXXXX")
    folder = made.stdout.strip()
    try:
        access.run(
            host,
            f"chmod 755 {folder} && tar --extract --no-same-owner --directory={folder}",
            stdin=stream.getvalue(),
            timeout=600,
        )
        paths = [f"{folder}/{file.name}" for file in files]
        manage(name, ["import_moztrap", product, version, *paths])
    finally:
        access.run(host, f"rm -rf {folder}", check=False)


def _readable(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.mode = 0o644
    return entry


def _web_host(name: str) -> str:
    try:
        described = json.loads((state_directory(name) / "topology.json").read_text())
    except FileNotFoundError as error:
        raise TestbedError(f"there is no topology {name}", f"python -m testbed up {name}") from (
            error
        )
    if not described["web"]:
        raise TestbedError(f"topology {name} has no web host")
    host: str = described["web"][0]
    return host
