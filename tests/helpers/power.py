"""The switch of disposable hosts."""

import json
from pathlib import Path

from testbed import lifecycle, topology
from testbed.podman import Podman


class Power:
    """Hosts that can be switched off without a word, and on again.

    `state` is the folder of the hosts below .testbed, `file` the topology they were made from,
    where that has another name.
    """

    def __init__(self, state: Path, file: str) -> None:
        self._name = state.name
        self._file = Path(file) if state.name != file else None
        described = json.loads((state / "topology.json").read_text())
        self._hosts = list(described["hosts"])
        self.is_off = False

    def off(self, host: str) -> None:
        """Cut the power."""
        assert host in self._hosts
        Podman()("kill", lifecycle.container_of(self._name, host))
        self.is_off = True

    def on(self) -> None:
        """Bring every host of the topology back, with all that was on it."""
        lifecycle.up(topology.load(self._name, self._file))
        self.is_off = False
