"""Certificates of an ACME server: when certbot is asked, and what a host then does with them."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.helpers import plugins  # noqa: F401  # makes our shared code importable
from tests.helpers.https_server import serve
from tests.helpers.programs import run
from tests.helpers.role_templates import render

from ansible.module_utils.moztrap import acme, certificate, condition  # isort: skip
from ansible.module_utils.moztrap.private_authority import general_name  # isort: skip
from plugins.modules import moztrap_acme as module

NAME = "tests.your.org"
DIRECTORY = "https://ca.your.org/acme/directory"
UTC = datetime.UTC


def write_pair(
    folder: Path, name: str = NAME, age_days: float = 1, left_days: float = 89
) -> tuple[Path, Path]:
    """A certificate and its key, as certbot keeps them; where both are."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An ACME server")])
    now = datetime.datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=age_days))
        .not_valid_after(now + datetime.timedelta(days=left_days))
        .add_extension(x509.SubjectAlternativeName([general_name(name)]), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(parents=True, exist_ok=True)
    chain, private = folder / "fullchain.pem", folder / "privkey.pem"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return chain, private


class Stage:
    """A host without systemd and without an ACME server, and what was asked of both."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.le = folder / "letsencrypt"
        self.certificate, self.key = folder / "host.pem", folder / "host.key"
        programs = folder / "bin"
        programs.mkdir()
        monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
        self.hook = programs / "install"
        self.systemctl_log = folder / "systemctl.log"
        self.certbot_log = folder / "certbot.log"
        text = render(
            "tls", "install-certificate.py.j2",
            tls_certificate_path=str(self.certificate), tls_private_key_path=str(self.key),
        )  # fmt: skip
        self.write(self.hook, text.replace("/etc/letsencrypt", str(self.le)))
        self.systemctl()
        self.certbot(1, "the authority says no")

    @staticmethod
    def write(path: Path, text: str) -> None:
        path.write_text(text)
        path.chmod(0o755)

    def systemctl(self, active: bool = True, reload_status: int = 0) -> None:
        """Let services run or not, and reload or not."""
        self.write(
            self.folder / "bin" / "systemctl",
            f'#!/bin/sh\necho "$@" >> {self.systemctl_log}\n'
            f"[ $1 = is-active ] && exit {0 if active else 3}\n"
            f"[ {reload_status} = 0 ] || echo its configuration is wrong >&2\n"
            f"exit {reload_status}\n",
        )

    def certbot(self, status: int, words: str, new: Path | None = None) -> None:
        """Let certbot keep the pair in `new`, or refuse."""
        live, renewal = self.le / "live" / "moztrap", self.le / "renewal"
        keeps = (
            f"mkdir -p {live} {renewal} && cp {new}/* {live}/ && touch {renewal}/moztrap.conf\n"
            if new
            else ""
        )
        self.write(
            self.folder / "bin" / "certbot",
            f'#!/bin/sh\necho "$@" >> {self.certbot_log}\necho Saving debug log to x >&2\n'
            f"{keeps}echo {words}\nexit {status}\n",
        )

    def gives(self, **pair: Any) -> None:
        """Let certbot obtain a certificate."""
        write_pair(self.folder / "new", **pair)
        self.certbot(0, "Successfully received certificate.", self.folder / "new")

    def wish(self, **changes: Any) -> acme.Wish:
        wanted: dict[str, Any] = {
            "lineage": "moztrap", "server_name": NAME, "directory": DIRECTORY,
            "email": "operations@your.org", "agrees": True, "webroot": "/var/www/moztrap-acme",
            "address": "127.0.0.1", "port": 8402, "hook": self.hook, "ca_file": "",
            "folder": self.le,
        }  # fmt: skip
        return acme.Wish(**wanted | changes)

    def use(self, pretend: bool = False) -> dict[str, Any]:
        places = {"certificate": str(self.certificate), "key": str(self.key)}
        return module.use(self.wish(), places, pretend=pretend)

    def obtain(self, pretend: bool = False, **changes: Any) -> tuple[dict[str, Any], str]:
        return module.obtain(self.wish(**changes), pretend=pretend)

    @property
    def asked(self) -> list[str]:
        """What certbot was called with, a line for each time."""
        return self.certbot_log.read_text().splitlines() if self.certbot_log.exists() else []

    @property
    def reloads(self) -> list[str]:
        if not self.systemctl_log.exists():
            return []
        lines = self.systemctl_log.read_text().splitlines()
        return [line for line in lines if line.startswith("reload ")]


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(tmp_path, monkeypatch)


@pytest.fixture
def served(stage: Stage) -> Stage:
    """A host with a certificate that it got yesterday."""
    stage.gives()
    stage.obtain()
    return stage


# --- when the ACME server is asked --------------------------------------------------


def test_a_host_gets_a_certificate_once_and_then_keeps_it(stage: Stage) -> None:
    stage.gives()
    result, warning = stage.obtain()
    assert result["changed"]
    assert warning == ""
    assert len(stage.asked) == 1
    assert stage.certificate.read_bytes() == (stage.folder / "new/fullchain.pem").read_bytes()
    assert stage.reloads == ["reload apache2.service"]
    assert not stage.obtain()[0]["changed"]
    assert len(stage.asked) == 1
    assert len(stage.reloads) == 1


def test_a_dry_run_asks_nobody(stage: Stage) -> None:
    stage.gives()
    assert stage.obtain(pretend=True)[0]["changed"]
    assert stage.asked == []
    assert not stage.certificate.exists()


def test_certbot_hears_what_was_chosen(stage: Stage) -> None:
    stage.gives()
    stage.obtain()
    words = stage.asked[0].split()
    assert words[words.index("--server") + 1] == DIRECTORY
    assert words[words.index("--webroot-path") + 1] == "/var/www/moztrap-acme"
    assert words[words.index("--deploy-hook") + 1] == str(stage.hook)
    assert "--agree-tos" in words
    stage.obtain(webroot="", directory="", agrees=False, address="10.0.0.1")
    words = stage.asked[1].split()
    assert words[words.index("--http-01-address") + 1] == "10.0.0.1"
    assert "--standalone" in words
    assert not {"--server", "--agree-tos", "--webroot"} & set(words)


@pytest.mark.parametrize(
    "changes",
    [
        {"server_name": "new.your.org"},
        {"directory": "https://other.your.org/directory"},
        {"webroot": ""},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_was_changed_is_asked_for_anew(served: Stage, changes: dict[str, Any]) -> None:
    served.gives(name=changes.get("server_name", NAME))
    assert served.obtain(**changes)[0]["changed"]
    assert len(served.asked) == 2
    assert not served.obtain(**changes)[0]["changed"]
    assert len(served.asked) == 2


def test_another_mail_address_asks_for_nothing(served: Stage) -> None:
    assert not served.obtain(email="others@your.org")[0]["changed"]
    assert len(served.asked) == 1


def test_a_refusal_is_told_in_the_authoritys_words_and_asked_for_once(stage: Stage) -> None:
    with pytest.raises(acme.AcmeError) as caught:
        stage.obtain()
    assert "the authority says no" in str(caught.value)
    assert DIRECTORY in str(caught.value)
    assert "Saving debug log" not in str(caught.value)
    assert "Then run site.yml again" in str(caught.value)
    assert len(stage.asked) == 1
    assert stage.reloads == []


def test_a_renewal_that_fails_in_time_is_a_warning(stage: Stage) -> None:
    stage.gives(age_days=80, left_days=10)
    stage.obtain()
    before = stage.certificate.read_bytes()
    stage.certbot(1, "the authority is away")
    result, warning = stage.obtain()
    assert not result["changed"]
    assert "was not renewed" in warning
    assert "the authority is away" in warning
    assert stage.certificate.read_bytes() == before


def test_an_ended_certificate_that_nobody_renews_ends_the_run(stage: Stage) -> None:
    stage.gives(age_days=90, left_days=-1)
    stage.obtain()
    stage.certbot(1, "the authority is away")
    with pytest.raises(acme.AcmeError, match="the authority is away"):
        stage.obtain()


def test_a_run_renews_what_the_timer_has_not(stage: Stage) -> None:
    stage.gives(age_days=80, left_days=10)
    stage.obtain()
    stage.gives()
    result, warning = stage.obtain()
    assert result["changed"]
    assert warning == ""
    assert certificate.read(stage.certificate).days_left() == 88


def test_a_web_server_that_does_not_take_it_is_named(stage: Stage) -> None:
    write_pair(stage.folder / "new")
    words = "\"Hook 'deploy-hook' reported error code 1\""
    stage.certbot(0, words, stage.folder / "new")
    with pytest.raises(acme.AcmeError, match="did not take it"):
        stage.obtain()


# --- what a web server starts with --------------------------------------------------


def test_a_bare_host_has_nothing_to_start_with(stage: Stage) -> None:
    assert stage.use() == {"changed": False, "usable": False, "reason": ""}


def test_what_another_choice_left_is_good_enough_to_start_with(stage: Stage) -> None:
    """Whoever changes over from a certificate of their own shows it until there is the next."""
    chain, key = write_pair(stage.folder / "operators")
    stage.certificate.write_bytes(chain.read_bytes())
    stage.key.write_bytes(key.read_bytes())
    assert stage.use() == {"changed": False, "usable": True, "reason": ""}
    stage.key.write_bytes(write_pair(stage.folder / "else")[1].read_bytes())
    assert not stage.use()["usable"]
    write_pair(stage.folder / "operators", name="former.your.org")
    stage.certificate.write_bytes(chain.read_bytes())
    stage.key.write_bytes(key.read_bytes())
    assert not stage.use()["usable"]


def test_what_has_drifted_is_repaired_from_what_certbot_keeps(served: Stage) -> None:
    served.certificate.unlink()
    served.key.chmod(0o644)
    assert served.use(pretend=True)["changed"]
    assert not served.certificate.exists()
    assert served.use()["changed"]
    assert served.use() == {"changed": False, "usable": True, "reason": ""}
    assert served.key.stat().st_mode & 0o777 == 0o600
    assert len(served.asked) == 1


# --- the program that installs it ---------------------------------------------------


def test_the_key_is_for_root_alone_and_nothing_is_left_beside(served: Stage) -> None:
    assert served.key.stat().st_mode & 0o777 == 0o600
    assert served.certificate.stat().st_mode & 0o777 == 0o644
    assert {path.name for path in served.folder.glob("host.*")} == {"host.key", "host.pem"}


def test_a_server_that_does_not_run_is_not_reloaded(stage: Stage) -> None:
    stage.systemctl(active=False)
    stage.gives()
    stage.obtain()
    assert stage.reloads == []


def test_a_renewal_of_somebody_elses_certificate_is_left_alone(served: Stage) -> None:
    served.certificate.unlink()
    done = run(served.hook, RENEWED_LINEAGE="/etc/letsencrypt/live/elsewhere")
    assert done.returncode == 0
    assert not served.certificate.exists()
    assert run(served.hook, RENEWED_LINEAGE=str(served.wish().live)).returncode == 0
    assert served.certificate.exists()


def test_a_certificate_without_its_key_is_not_installed(served: Stage) -> None:
    before = served.certificate.read_bytes()
    write_pair(served.folder / "else")
    (served.wish().live / "privkey.pem").write_bytes(
        (served.folder / "else" / "privkey.pem").read_bytes()
    )
    done = run(served.hook)
    assert done.returncode == 1
    assert "no certificate with its key" in done.stderr
    assert served.certificate.read_bytes() == before


def test_a_server_that_refuses_to_reload_is_told_of(served: Stage) -> None:
    served.systemctl(reload_status=1)
    served.certificate.unlink()
    done = run(served.hook)
    assert done.returncode == 1
    assert "apache2.service refused to reload: its configuration is wrong" in done.stderr


# --- how long it lasts --------------------------------------------------------------


@pytest.mark.parametrize(
    ("age_days", "left_days", "words"),
    [
        (10, 80.5, "80 days"),
        (80, 10.5, "10 days: RENEW IT"),
        (88.5, 1.5, "1 day: RENEW IT"),
        (90, -1, "ENDED on"),
    ],
)
def test_status_tells_how_long_a_certificate_lasts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, age_days: float, left_days: float, words: str
) -> None:
    found = certificate.read(write_pair(tmp_path, NAME, age_days, left_days)[0])
    monkeypatch.setattr(certificate, "served", lambda *_: found)
    serves, state = condition.shown_certificate("10.0.0.1", NAME)
    assert serves == "certificate of An ACME server"
    assert words in state
    assert condition.shown_certificate("10.0.0.1", "other.org")[1] == "NOT FOR other.org"


@pytest.mark.parametrize(
    ("borne", "asked", "fits"),
    [
        ("Tests.Your.Org", "tests.your.org", True),
        ("*.your.org", "tests.your.org", True),
        ("*.your.org", "a.tests.your.org", False),
        ("*.your.org", "your.org", False),
        ("10.0.0.1", "10.0.0.1", True),
        ("fd00::1", "fd00:0::1", True),
        ("fd00::1", "fd00::2", False),
    ],
)
def test_a_certificate_is_for_what_browsers_take_it_for(
    tmp_path: Path, borne: str, asked: str, fits: bool
) -> None:
    found = certificate.read(write_pair(tmp_path, borne)[0])
    assert found.is_for(asked) is fits


def test_what_a_server_shows_is_looked_at_though_nobody_trusts_it(tmp_path: Path) -> None:
    with serve(*write_pair(tmp_path, left_days=3.5), lambda *_: None) as server:
        found = certificate.served("127.0.0.1", NAME, server.port)
    assert (found.issuer, found.days_left()) == ("An ACME server", 3)


def test_status_tells_that_nothing_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: str) -> Callable[[], None]:
        raise ConnectionRefusedError("Connection refused")

    monkeypatch.setattr(certificate, "served", refuse)
    assert condition.shown_certificate("10.0.0.1", NAME)[1] == "Connection refused"


def test_what_was_asked_for_is_noted_without_a_secret(served: Stage) -> None:
    noted = json.loads(served.wish().stamp.read_text())
    assert set(noted) == {"directory", "hook", "webroot"}
