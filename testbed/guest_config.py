"""What a guest must know of this machine's network: proxies, private CAs, package index."""

import os
import shutil
from pathlib import Path
from urllib.parse import urlsplit

from testbed.errors import TestbedError
from testbed.progress import note
from testbed.run import run

LOCAL_AUTHORITIES = Path("/usr/local/share/ca-certificates")
GUEST_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
_APT_KEPT = ("Acquire::Check-Valid-Until", "Acquire::Check-Date")
_PIP_ADDRESSES = ("index-url", "extra-index-url", "proxy", "trusted-host", "find-links")


def reachable_from_guest(address: str) -> bool:
    """Whether a guest can use an address: over the network, and not on this machine alone."""
    parts = urlsplit(address if "://" in address else f"//{address}")
    if parts.scheme not in {"", "http", "https"}:
        return False
    host = (parts.hostname or "").lower()
    return bool(host) and host != "localhost" and not host.startswith("127.") and host != "::1"


def apt_options() -> list[str]:
    """The proxies of this machine's apt, and whether it checks the archive's dates."""
    return parse_apt_options(run(["apt-config", "dump"]).stdout, dict(os.environ))


def parse_apt_options(dump: str, environment: dict[str, str]) -> list[str]:
    """Pick what a guest needs out of `apt-config dump` and the proxy variables."""
    kept: dict[str, str] = {}
    for scheme in ("http", "https"):
        value = environment.get(f"{scheme}_proxy") or environment.get(f"{scheme.upper()}_PROXY")
        if value:
            kept[f"Acquire::{scheme}::Proxy"] = value
    for line in dump.splitlines():
        key, _, rest = line.partition(" ")
        value = rest.strip().rstrip(";").strip('"')
        is_proxy = key.lower().startswith(("acquire::http::proxy", "acquire::https::proxy"))
        if value and ((is_proxy and "auto" not in key.lower()) or key in _APT_KEPT):
            kept[key] = value
    options = []
    for key, value in kept.items():
        if "proxy" in key.lower() and value != "DIRECT" and not reachable_from_guest(value):
            note(f"{key} is {value}, which a guest cannot reach: left out.")
            continue
        options.append(f'{key} "{value}";')
    return options


def extra_authorities(directory: Path = LOCAL_AUTHORITIES) -> dict[str, bytes]:
    """The certificate authorities that this machine's administrator added, by file name."""
    if not directory.is_dir():
        return {}
    return {path.name: path.read_bytes() for path in sorted(directory.rglob("*.crt"))}


def pip_configuration() -> str:
    """This machine's package index, as a guest's /etc/pip.conf; empty when pip has defaults."""
    pip = shutil.which("pip3") or shutil.which("pip")
    if pip is None:
        return ""
    return render_pip(run([pip, "config", "list"]).stdout)


def render_pip(listing: str) -> str:
    """Turn `pip config list` into a guest's pip.conf, without what it cannot reach."""
    settings: dict[str, str] = {}
    for line in listing.splitlines():
        key, _, quoted = line.partition("=")
        section, _, name = key.strip().rpartition(".")
        if name not in _PIP_ADDRESSES or not section.startswith(("global", "install", ":env:")):
            continue
        values = quoted.strip().strip("'\"").replace("\\n", " ").split()
        usable = [value for value in values if reachable_from_guest(value)]
        if usable:
            settings[name] = " ".join(usable)
    lines = ["[global]", "disable-pip-version-check = true"]
    if extra_authorities():
        lines.append(f"cert = {GUEST_BUNDLE}")
    lines += [f"{name} = {value}" for name, value in settings.items()]
    return "\n".join(lines) + "\n" if len(lines) > 2 else ""


def check_authorities(found: dict[str, bytes]) -> None:
    """A file that is no certificate would break the guest's whole trust store."""
    for name, content in found.items():
        if b"-----BEGIN CERTIFICATE-----" not in content:
            raise TestbedError(
                f"{LOCAL_AUTHORITIES / name} holds no PEM certificate",
                "remove it or replace it with a PEM file, then run update-ca-certificates",
            )
