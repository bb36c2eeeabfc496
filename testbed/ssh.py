"""Keys of a topology: who may enter, and how its hosts prove who they are."""

from collections.abc import Mapping
from ipaddress import IPv4Address
from pathlib import Path

from testbed.run import Result, run


class Access:
    """The keys and SSH settings of one topology, below its state directory."""

    def __init__(self, state: Path) -> None:
        self._keys = state / "ssh"
        self.key = self._keys / "id_ed25519"
        self.known_hosts = state / "known_hosts"
        self.config = state / "ssh_config"

    def ensure_key(self) -> None:
        """Make the key that root is entered with."""
        self._ensure(self.key)

    def host_key(self, host: str) -> Path:
        """Make and return the key that a host proves itself with."""
        path = self._keys / f"host-{host}"
        self._ensure(path)
        return path

    def mark_ready(self, host: str, identity: str) -> None:
        """Record which machine it is that now has these keys and answers."""
        self._ready(host).write_text(identity)

    def is_ready(self, host: str, identity: str) -> bool:
        """Whether that very machine was finished."""
        path = self._ready(host)
        return path.is_file() and path.read_text() == identity

    def _ready(self, host: str) -> Path:
        return self._keys / f"host-{host}.ready"

    def _ensure(self, path: Path) -> None:
        public = path.with_name(path.name + ".pub")
        if path.is_file() and public.is_file():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        path.unlink(missing_ok=True)
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", path.name, "-f", str(path)])

    def authorized(self) -> str:
        """The line of authorized_keys."""
        return self.key.with_name(self.key.name + ".pub").read_text()

    def arguments(self) -> str:
        """What Ansible adds to ssh: these hosts are trusted by these keys alone."""
        return (
            f"-o UserKnownHostsFile='{self.known_hosts}' -o StrictHostKeyChecking=yes"
            " -o IdentitiesOnly=yes"
        )

    def write(self, hosts: Mapping[str, IPv4Address]) -> None:
        """Write known_hosts and an ssh_config that knows the hosts by name."""
        known = []
        stanzas = []
        for host, address in hosts.items():
            public = self.host_key(host).with_name(f"host-{host}.pub").read_text().split()
            known.append(f"{address},{host} {public[0]} {public[1]}\n")
            stanzas.append(f"Host {host} {address}\n  HostName {address}\n")
        common = (
            "Host *\n  User root\n"
            f'  IdentityFile "{self.key}"\n  UserKnownHostsFile "{self.known_hosts}"\n'
            "  IdentitiesOnly yes\n  StrictHostKeyChecking yes\n"
            "  ConnectTimeout 10\n  LogLevel ERROR\n"
        )
        self.known_hosts.write_text("".join(known))
        self.config.write_text("\n".join([*stanzas, common]))

    def run(
        self,
        host: str,
        command: str,
        *,
        stdin: bytes = b"",
        check: bool = True,
        timeout: float = 60,
    ) -> Result:
        """Run a shell command on a host as root."""
        options = ["-F", str(self.config), "-o", "BatchMode=yes", "-o", "ConnectTimeout=5"]
        return run(["ssh", *options, host, command], stdin=stdin, check=check, timeout=timeout)
