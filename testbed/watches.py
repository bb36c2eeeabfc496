"""Room for every host's systemd in what the kernel lets one user watch files with.

The machine's root owns all of it, whichever host it is used in: 128 instances, the kernel's
default, are used up by some twenty-five hosts, and the next systemd dies without a word.
"""

from pathlib import Path

from testbed.errors import TestbedError
from testbed.progress import note

LIMIT = Path("/proc/sys/fs/inotify/max_user_instances")
_OF_ONE_HOST = 12
_OF_THE_MACHINE = 128


def make_room(hosts: int, limit: Path = LIMIT) -> None:
    """Raise the limit, until the next boot, if so many hosts could exceed it."""
    present = int(limit.read_text())
    needed = _OF_THE_MACHINE + hosts * _OF_ONE_HOST
    if present >= needed:
        return
    try:
        limit.write_text(f"{needed}\n")
    except OSError as error:
        raise TestbedError(
            f"{hosts} hosts need {needed} inotify instances, this machine allows {present}, and "
            f"that cannot be raised from here: {error.strerror}",
            f"on the machine underneath: sysctl fs.inotify.max_user_instances={needed}",
        ) from error
    note(f"fs.inotify.max_user_instances is {needed} now (was {present}), until the next boot.")
