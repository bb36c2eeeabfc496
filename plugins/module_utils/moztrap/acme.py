"""Have certbot obtain one certificate, when there is a reason to, and never more often."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ansible.module_utils.moztrap import certificate

FOLDER = Path("/etc/letsencrypt")
LOG = "/var/log/letsencrypt/letsencrypt.log"
# What certbot says about itself, and where to find more of what is repeated here.
CHATTER = re.compile(r"^(Saving debug log|Ask for help|- - -|If you like|Some challenges have)")
HOOK_FAILED = re.compile(r"Hook '[^']*' (?:reported error code|ran with error output)")


class AcmeError(Exception):
    """There is no certificate, or no server uses it; the message says why, and what to do."""


@dataclass(frozen=True)
class Wish:
    """A certificate: for which name, from whom, and how the name is proven.

    `webroot` is a folder that a web server serves; without one certbot answers by itself, at
    `address` and `port`. `directory` is the URL of the ACME server; empty: certbot's own choice.
    """

    lineage: str
    server_name: str
    directory: str
    email: str
    webroot: str
    address: str
    port: int
    hook: Path
    ca_file: str
    agrees: bool
    folder: Path = FOLDER

    @property
    def live(self) -> Path:
        """Where certbot keeps the certificate in use."""
        return self.folder / "live" / self.lineage

    @property
    def renewal(self) -> Path:
        """Where certbot has noted how to renew it."""
        return self.folder / "renewal" / f"{self.lineage}.conf"

    @property
    def stamp(self) -> Path:
        """Where is noted what was asked for, so that the same is not asked for again."""
        return self.folder / f"{self.lineage}.json"

    def essentials(self) -> dict[str, str | int]:
        """What a certificate has to be obtained anew for, once it changes."""
        proof: dict[str, str | int] = (
            {"webroot": self.webroot}
            if self.webroot
            else {"address": self.address, "port": self.port}
        )
        return {"directory": self.directory, "hook": str(self.hook), **proof}

    def command(self) -> list[str]:
        """certbot's command line; its account is made where there is none."""
        listener = ["--http-01-address", self.address, "--http-01-port", str(self.port)]
        proof = (
            ["--webroot", "--webroot-path", self.webroot]
            if self.webroot
            else ["--standalone", *listener]
        )
        return [
            *("certbot", "certonly", "--non-interactive", "--no-eff-email"),
            *(["--agree-tos"] if self.agrees else []),
            *("--email", self.email, "--cert-name", self.lineage, "--domain", self.server_name),
            *(["--server", self.directory] if self.directory else []),
            *("--preferred-challenges", "http", *proof, "--deploy-hook", str(self.hook)),
            # There is a reason, or certbot would not be asked at all.
            *("--force-renewal", "--renew-with-new-domains"),
        ]


def bears_name(wish: Wish) -> bool:
    """Does certbot keep a certificate for this name, whoever gave it?"""
    try:
        return certificate.read(wish.live / "fullchain.pem").is_for(wish.server_name)
    except certificate.CertificateError:
        return False


def is_usable(path: Path, key: Path, server_name: str) -> bool:
    """Could a web server start with this certificate, for that name?"""
    try:
        found = certificate.read(path)
    except certificate.CertificateError:
        return False
    return found.is_for(server_name) and certificate.belongs_together(path, key)


def difference(wish: Wish) -> str:
    """What is not as wished about what certbot keeps, however long it lasts."""
    if not wish.renewal.is_file():
        return "there is none yet"
    try:
        present = certificate.read(wish.live / "fullchain.pem")
    except certificate.CertificateError as error:
        return str(error)
    if present.names != {wish.server_name.lower()}:
        return f"the present one is for {', '.join(sorted(present.names))}"
    try:
        asked = json.loads(wish.stamp.read_text())
    except (OSError, ValueError):
        asked = {}
    if asked != wish.essentials():
        return "the present one was asked for, or proven, in another way"
    return ""


def lateness(wish: Wish) -> tuple[str, bool]:
    """Whether its renewal is overdue, in words, and whether it is of no use any more."""
    present = certificate.read(wish.live / "fullchain.pem")
    if not present.is_overdue():
        return "", False
    verb = "ended" if present.has_ended() else "ends"
    return f"the present one {verb} on {present.ends()} and was not renewed", present.has_ended()


def obtain(wish: Wish) -> None:
    """Ask the ACME server once; AcmeError with its reason if there is no certificate then."""
    trust = {"REQUESTS_CA_BUNDLE": wish.ca_file} if wish.ca_file else {}
    done = subprocess.run(
        wish.command(), capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL, env=os.environ | {"LC_ALL": "C.UTF-8"} | trust,
    )  # fmt: skip
    words = told(done.stdout + "\n" + done.stderr)
    if done.returncode:
        raise AcmeError(
            f"certbot obtained no certificate for {wish.server_name} from "
            f"{wish.directory or 'its ACME server'}:\n{words}\n"
            "The site goes on with the certificate that it has, and nothing asks again by itself. "
            f"See that the ACME server reaches http://{wish.server_name}/ at this host: the name's "
            "addresses (A and AAAA), port 80, whatever is in front of it. Then run site.yml again; "
            f"authorities count failures, so correct first. Everything certbot did: {LOG}"
        )
    wish.stamp.write_text(json.dumps(wish.essentials(), indent=1, sort_keys=True) + "\n")
    if HOOK_FAILED.search(words):
        raise AcmeError(
            f"certbot has a new certificate for {wish.server_name}, but the web server did not "
            f"take it:\n{words}\nCorrect that and run site.yml again."
        )


def told(output: str) -> str:
    """What certbot said, without what it says every time."""
    lines = (line.rstrip() for line in output.splitlines())
    return "\n".join(line for line in lines if line and not CHATTER.match(line))


def install(wish: Wish, *, pretend: bool) -> str:
    """Have the web server use what certbot keeps; what was done, nothing if it did already."""
    command = [str(wish.hook), *(["--check"] if pretend else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AcmeError(f"{wish.hook}: {(done.stderr or done.stdout).strip()}")
    return done.stdout.strip()
