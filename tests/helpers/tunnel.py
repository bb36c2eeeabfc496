"""Reach a host's own web server from this machine where only balancers may.

The connection begins on the host itself, from the address that others know it by: the
server sees neither its loopback nor a balancer.
"""

import shlex
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import Any

_PATIENCE_SECONDS = 20


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Tunnel:
    """Ports of this machine that lead to ports of a host, over SSH."""

    def __init__(self, connection: Mapping[str, Any], target: str, ports: Sequence[int]) -> None:
        """`connection`: the host's variables, as Ansible reads them."""
        self.ports = {port: _free_port() for port in ports}
        forwards = [
            word
            for port, local in self.ports.items()
            for word in ("-L", f"127.0.0.1:{local}:{target}:{port}")
        ]
        options = shlex.split(str(connection.get("ansible_ssh_common_args", "")))
        if key := connection.get("ansible_ssh_private_key_file"):
            options += ["-i", str(key)]
        if port := connection.get("ansible_port"):
            options += ["-p", str(port)]
        user = connection.get("ansible_user", "root")
        self._command = [
            *("ssh", "-N", "-o", "BatchMode=yes", "-o", "ExitOnForwardFailure=yes"),
            *("-o", "ControlPath=none", *options, *forwards),
            f"{user}@{connection['ansible_host']}",
        ]
        self._ssh = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if self._ssh.poll() is not None:
                break
            try:
                for local in self.ports.values():
                    socket.create_connection(("127.0.0.1", local), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        self.close()
        said = self._ssh.stderr.read() if self._ssh.stderr else ""
        raise RuntimeError(f"no tunnel: {shlex.join(self._command)}\n{said}")

    def close(self) -> None:
        """End it."""
        self._ssh.terminate()
        self._ssh.wait(timeout=10)
