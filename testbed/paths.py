"""Where the testbed keeps things: the machine's share and the checkout's own."""

import hashlib
import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
TOPOLOGIES = CHECKOUT / "testbed" / "topologies"

# Images and hosts of every checkout on this machine: a second clone builds nothing again.
LIBRARY = Path(os.environ.get("TESTBED_LIBRARY", "/var/lib/moztrap-testbed"))
# What does not survive a reboot.
RUNTIME = Path(os.environ.get("TESTBED_RUNTIME", "/run/moztrap-testbed"))


def checkout_id(checkout: Path = CHECKOUT) -> str:
    """Eight digits that tell the hosts of two clones on one machine apart."""
    return hashlib.sha256(str(checkout).encode()).hexdigest()[:8]


def state_directory(name: str) -> Path:
    """What `up NAME` leaves for people and scripts."""
    return CHECKOUT / ".testbed" / name
