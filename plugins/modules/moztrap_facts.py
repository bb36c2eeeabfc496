#!/usr/bin/python
"""The few facts that all roles need, gathered in one short look."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: moztrap_facts
short_description: Distribution, Python, architecture, memory, disk, packages, units and clock
description:
  - A tenth of what ansible.builtin.setup costs. Names are those of setup where it has them.
  - C(moztrap_packages) spares every role a look into apt, which takes a second.
  - As an action it also notes whether the host could be reached, and how far its clock is
    from the controller's, in C(moztrap_contact).
options: {}
"""

# What roles have put there tells which of the alternatives are on the host.
UNITS = Path("/etc/systemd/system")
# And whom a host trusts for their sake.
AUTHORITIES = ("/usr/local/share/ca-certificates/moztrap-*.crt", "/etc/moztrap/tls/database-ca.pem")
# Testing and unstable call themselves alike, "forky/sid"; what is installed from tells them apart.
SOURCES = Path("/etc/apt")
UNSTABLE = re.compile(r"(?m)^(?:deb|Suites:)[^#\n]*[ \t](?:sid|unstable)(?:[ \t/]|$)")
DISTRIBUTIONS = {"debian": "Debian", "ubuntu": "Ubuntu"}


def os_release(text: str) -> dict[str, str]:
    """The fields of /etc/os-release."""
    found = {}
    for line in text.splitlines():
        name, separator, value = line.partition("=")
        if separator:
            found[name.strip()] = value.strip().strip('"')
    return found


def major_version(release: dict[str, str], apt: Path = SOURCES) -> str:
    """The number of a release, or the name of one that has no number yet."""
    number = release.get("VERSION_ID", "").partition(".")[0]
    if number or release.get("ID") != "debian":
        return number
    files = [apt / "sources.list"]
    files += [*apt.glob("sources.list.d/*.list"), *apt.glob("sources.list.d/*.sources")]
    texts = [path.read_text(errors="replace") for path in files if path.is_file()]
    return "sid" if any(UNSTABLE.search(text) for text in texts) else "testing"


def memory_megabytes(text: str) -> int:
    """Total memory, from /proc/meminfo."""
    for line in text.splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) // 1024
    return 0


def free_megabytes(path: str) -> int:
    """Space that root may still fill."""
    status = os.statvfs(path)
    return status.f_bfree * status.f_frsize // (1024 * 1024)


def installed_packages(text: str) -> list[str]:
    """Names of the packages that dpkg-query calls installed, one "state name" a line."""
    words = (line.split() for line in text.splitlines())
    return sorted(name for state, name in words if state == "installed")


def our_units(folder: Path) -> list[str]:
    """Units of ours, and what we have added to those of others."""
    found = [*folder.glob("moztrap*"), *folder.glob("*.d/moztrap*")]
    return sorted(str(path.relative_to(folder)) for path in found)


def our_authorities(root: Path) -> list[str]:
    """Files of ours that say whom the host trusts, besides the site's own authority."""
    found = [path for pattern in AUTHORITIES for path in root.glob(pattern.lstrip("/"))]
    return sorted(f"/{path.relative_to(root)}" for path in found)


def ask_dpkg() -> str:
    """State and name of every package that dpkg knows; nothing where there is no dpkg."""
    if shutil.which("dpkg-query") is None:
        return ""
    return subprocess.run(
        ["dpkg-query", "--show", "--showformat=${db:Status-Status} ${Package}\n"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def main() -> None:
    """Entry point."""
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    release = os_release(Path("/etc/os-release").read_text())
    name = release.get("ID", "")
    version = sys.version_info
    facts = {
        "distribution": DISTRIBUTIONS.get(name, name.capitalize()),
        "distribution_major_version": major_version(release),
        "distribution_release": release.get("VERSION_CODENAME", ""),
        "os_family": "Debian" if name in DISTRIBUTIONS else name.capitalize(),
        "architecture": platform.machine(),
        "hostname": platform.node().partition(".")[0],
        "python": {
            "executable": sys.executable,
            "version": {"major": version.major, "minor": version.minor, "micro": version.micro},
        },
        "memtotal_mb": memory_megabytes(Path("/proc/meminfo").read_text()),
        "moztrap_packages": installed_packages(ask_dpkg()),
        "moztrap_units": our_units(UNITS),
        "moztrap_authorities": our_authorities(Path("/")),
        "moztrap_ipv6": Path("/proc/net/if_inet6").exists(),
        "moztrap_disk_free_mb": min(free_megabytes(path) for path in ("/", "/srv", "/var")),
    }
    module.exit_json(changed=False, ansible_facts=facts, now=time.time())


if __name__ == "__main__":
    main()
