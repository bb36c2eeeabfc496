"""Files of the operator's: which are taken, and what preflight and the role say of the others."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import io
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args
from cryptography.hazmat.primitives import serialization

from tests.helpers import certificates, plugins  # noqa: F401  # makes our shared code importable

from ansible.module_utils.moztrap import provided_certificate  # isort: skip
from ansible.module_utils.moztrap.provided_certificate import Files  # isort: skip
from ansible.module_utils.moztrap.x509_facts import bears, now  # isort: skip
from ansible.module_utils.moztrap.preflight import authorities  # isort: skip
from ansible.module_utils.moztrap.preflight import certificates as preflight  # isort: skip
from ansible.module_utils.moztrap.preflight.inventory import Host, Inventory, Value  # isort: skip
from plugins.modules import moztrap_tls_certificate  # isort: skip

NAMES = ["moztrap.example.com", "10.0.0.1"]


def make(folder: Path, names: list[str] = NAMES, authority: Path | None = None) -> Files:
    """A certificate for these names, of an authority of its own or of that in a folder."""
    folder.mkdir()
    if authority is None:
        name = f"Authority {folder.name}"
        authority = certificates.make_authority(folder / "authority", name)
    certificates.issue(authority, names, folder)
    paths = (
        folder / certificates.CERTIFICATE,
        folder / certificates.KEY,
        authority / certificates.AUTHORITY,
    )
    return Files(*(str(path) for path in paths))


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return make(tmp_path / "site")


def vouch_for_itself(path: Path, key: Path, parameter: str) -> None:
    """A certificate as people make one in a hurry."""
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", parameter, "-nodes"),
            *("-days", "30", "-subj", "/CN=self", "-keyout", str(key), "-out", str(path)),
            *("-addext", "subjectAltName=DNS:moztrap.example.com,IP:10.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )


def wrong(files: Files, names: list[str] = NAMES) -> list[tuple[str, str]]:
    """Which variables are wrong, and how."""
    found = provided_certificate.examine(files, names).problems
    assert all(problem.fix for problem in found)
    return [(problem.variable, problem.what) for problem in found]


def test_files_that_belong_together_are_taken(files: Files) -> None:
    found = provided_certificate.examine(files, NAMES)
    assert found.problems == []
    assert found.days_left() in {89, 90}


@pytest.mark.parametrize(
    ("change", "variable", "words"),
    [
        ({"certificate": ""}, "tls_provided_certificate", "is empty"),
        ({"key": ""}, "tls_provided_key", "is empty"),
        ({"authority": ""}, "tls_provided_ca", "is empty"),
        ({"key": "/nonexistent"}, "tls_provided_key", "No such file"),
        ({"authority": "/"}, "tls_provided_ca", "Is a directory"),
        ({"certificate": "site.pem"}, "tls_provided_certificate", "not a whole path"),
        ({"key": "~nobody-of-that-name/x"}, "tls_provided_key", "home directory"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    files: Files, change: dict[str, str], variable: str, words: str
) -> None:
    [(subject, what)] = wrong(dataclasses.replace(files, **change))
    assert subject == variable
    assert words in what


def test_everything_that_is_wrong_is_told_at_once(files: Files) -> None:
    spoilt = Files("", "/nonexistent", "/nonexistent")
    assert [variable for variable, _ in wrong(spoilt)] == [
        "tls_provided_certificate",
        "tls_provided_ca",
        "tls_provided_key",
    ]


def test_a_key_of_another_certificate_is_refused(files: Files, tmp_path: Path) -> None:
    other = make(tmp_path / "other")
    [(variable, what)] = wrong(dataclasses.replace(files, key=other.key))
    assert variable == "tls_provided_key"
    assert "is not the key of" in what


def test_a_key_with_a_passphrase_is_refused(files: Files) -> None:
    path = Path(files.key)
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    [(variable, what)] = wrong(files)
    assert variable == "tls_provided_key"
    assert "passphrase" in what


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x30\x82\x01", "nothing in PEM"),
        (b"-----BEGIN NOTHING-----\nAAAA\n-----END NOTHING-----\n", "no certificate"),
    ],
)
def test_what_is_no_certificate_is_refused(files: Files, content: bytes, words: str) -> None:
    Path(files.certificate).write_bytes(content)
    [(variable, what)] = wrong(files)
    assert variable == "tls_provided_certificate"
    assert words in what


def test_what_only_ansible_reads_is_refused(files: Files) -> None:
    Path(files.key).write_text("$ANSIBLE_VAULT;1.1;AES256\n6162\n")
    [(variable, what)] = wrong(files)
    assert variable == "tls_provided_key"
    assert "ansible-vault has encrypted" in what


@pytest.mark.parametrize("name", ["certificate", "authority"])
def test_certificates_that_run_into_each_other_are_refused(files: Files, name: str) -> None:
    """As `cat` makes them of files without a last line break."""
    path = Path(getattr(files, name))
    path.write_text(path.read_text().rstrip() + Path(files.authority).read_text())
    [(variable, what)] = wrong(files)
    assert variable == {"authority": "tls_provided_ca"}.get(name, "tls_provided_certificate")
    assert str(path) in what
    assert "not what OpenSSL can read" in what


def test_a_key_that_no_client_understands_is_refused(tmp_path: Path) -> None:
    path, key = tmp_path / "odd.pem", tmp_path / "odd.key"
    vouch_for_itself(path, key, "ec_paramgen_curve:secp256k1")
    [(variable, what)] = wrong(Files(str(path), str(key), str(path)))
    assert variable == "tls_provided_certificate"
    assert "of no use for TLS" in what


def test_what_is_no_key_is_refused(files: Files) -> None:
    shutil.copy(files.certificate, files.key)
    [(variable, what)] = wrong(files)
    assert variable == "tls_provided_key"
    assert "no private key that" in what


def test_a_certificate_for_another_name_is_refused(files: Files) -> None:
    [(variable, what)] = wrong(files, ["other.example.com", "10.0.0.1"])
    assert variable == "tls_provided_certificate"
    assert what.endswith("is for 10.0.0.1, moztrap.example.com, not for other.example.com")


def test_comments_beside_a_certificate_do_no_harm(files: Files) -> None:
    path = Path(files.certificate)
    path.write_text("# B\u00e4ckerei\n" + path.read_text(), encoding="utf-8")
    assert wrong(files) == []


@pytest.mark.parametrize(("days", "words"), [(91, "ended on"), (-1, "is valid only from")])
def test_only_a_certificate_that_is_valid_now_is_taken(
    files: Files, monkeypatch: pytest.MonkeyPatch, days: int, words: str
) -> None:
    then = now() + datetime.timedelta(days=days)
    monkeypatch.setattr(provided_certificate, "now", lambda: then)
    assert words in wrong(files)[0][1]


def test_an_authority_that_has_ended_is_refused(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    then = now() + datetime.timedelta(days=21 * 365)
    monkeypatch.setattr(provided_certificate, "now", lambda: then)
    assert [variable for variable, _ in wrong(files)] == [
        "tls_provided_certificate",
        "tls_provided_ca",
    ]


def test_an_authority_that_vouches_for_another_certificate_is_refused(
    files: Files, tmp_path: Path
) -> None:
    other = make(tmp_path / "other")
    [(variable, what)] = wrong(dataclasses.replace(files, authority=other.authority))
    assert variable == "tls_provided_ca"
    assert "the issuer CN=Authority site is in neither file" in what


@pytest.fixture
def with_chain(tmp_path: Path) -> tuple[Files, str, str]:
    """A certificate of an intermediate authority, both as PEM, and the authority at the end."""
    root = certificates.make_authority(tmp_path / "root", "Root")
    middle = certificates.make_authority(tmp_path / "middle", "Middle", issuer=root)
    made = make(tmp_path / "site", authority=middle)
    own = Path(made.certificate).read_text()
    intermediate = Path(made.authority).read_text()
    return dataclasses.replace(made, authority=f"{root}/ca.pem"), own, intermediate


def test_a_chain_leads_to_the_authority(with_chain: tuple[Files, str, str]) -> None:
    files, own, intermediate = with_chain
    [(variable, what)] = wrong(files)
    assert variable == "tls_provided_ca"
    assert "the issuer CN=Middle is in neither file" in what
    Path(files.certificate).write_text(own + intermediate)
    assert wrong(files) == []


def test_an_authority_that_does_not_vouch_for_itself_is_not_trusted(
    with_chain: tuple[Files, str, str], tmp_path: Path
) -> None:
    files, _, _ = with_chain
    middle = dataclasses.replace(files, authority=str(tmp_path / "middle" / "ca.pem"))
    [(variable, what)] = wrong(middle)
    assert variable == "tls_provided_ca"
    assert "does not make clients trust" in what
    assert "unable to get issuer certificate" in what


def test_the_host_s_own_certificate_is_the_first(with_chain: tuple[Files, str, str]) -> None:
    files, own, intermediate = with_chain
    Path(files.certificate).write_text(intermediate + own)
    found = dict(wrong(files))
    assert "is not the key of" in found["tls_provided_key"]
    assert "is for no name at all" in found["tls_provided_certificate"]


def test_a_certificate_may_vouch_for_itself(tmp_path: Path) -> None:
    path, key = tmp_path / "self.pem", tmp_path / "self.key"
    vouch_for_itself(path, key, "ec_paramgen_curve:P-256")
    assert wrong(Files(str(path), str(key), str(path))) == []


def test_addresses_are_compared_as_such() -> None:
    assert bears({"2001:db8::1"}, "2001:DB8:0:0::1")
    assert bears({"a.example.com"}, "a.example.com.")


@pytest.mark.parametrize(
    ("name", "covered"),
    [("a.example.com", True), ("A.Example.com", True), ("b.a.example.com", False),
     ("example.com", False)],
)  # fmt: skip
def test_wildcards_cover_one_label(name: str, covered: bool) -> None:
    assert bears({"*.example.com"}, name) is covered


# --- the role, in the middle of a run --------------------------------------------------


def run_module(files: Files, renew_days: int = 30) -> dict[str, Any]:
    """What the module tells Ansible."""
    told = io.StringIO()
    arguments = {"provider": "provided", "names": NAMES, "renew_days": renew_days}
    with (
        patch_module_args(arguments | dataclasses.asdict(files)),
        contextlib.redirect_stdout(told),
        pytest.raises(SystemExit),
    ):
        moztrap_tls_certificate.main()
    return dict(json.loads(told.getvalue()))


def test_the_role_takes_them_and_warns_of_their_end(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(AnsibleModule, "warn", lambda _, text: warnings.append(text))
    assert not run_module(files)["changed"]
    assert warnings == []
    assert not run_module(files, renew_days=100)["changed"]
    assert re.search(r"site\.pem ends in (89|90) days", warnings.pop())


def test_the_role_names_what_has_become_wrong_since_preflight(files: Files) -> None:
    Path(files.key).unlink()
    Path(files.authority).unlink()
    told = run_module(files)
    assert told["failed"]
    assert [line.split()[0] for line in told["msg"].splitlines()] == [
        "tls_provided_ca",
        "tls_provided_key",
    ]


# --- preflight, before any host is touched ---------------------------------------------


def inventory(
    provided: Files, names: list[str] | None, *, group: str = "web", **changes: Any
) -> Inventory:
    """A host in a group with these names, and one behind it, whose names are its own affair."""
    variables: dict[str, Any] = {
        "tls_provider": "provided",
        "tls_provided_certificate": provided.certificate,
        "tls_provided_key": provided.key,
        "tls_provided_ca": provided.authority,
    } | changes

    def host(name: str, group: str, own: dict[str, Any]) -> Host:
        known = variables | own

        def get(variable: str) -> Value:
            found = known.get(variable)
            return Value(found, where=f"main.yml:{variable}") if variable in known else Value()

        return Host(name, (group,), frozenset(known), get)

    own = {} if names is None else {"tls_certificate_names": names}
    behind = {"web": "db", "balancer": "web"}[group]
    hosts = [host("one", group, own), host("two", behind, {"tls_certificate_names": ["two"]})]
    return Inventory({group: ["one"], behind: ["two"]}, {each.name: each for each in hosts}, "x")


def test_preflight_lets_pass_what_the_role_takes(files: Files) -> None:
    assert list(preflight.certificate_problems(inventory(files, NAMES))) == []
    # Which name it is to bear is told with what is missing.
    assert list(preflight.certificate_problems(inventory(files, None))) == []


def test_preflight_asks_it_of_the_hosts_that_people_reach(files: Files) -> None:
    told = inventory(files, NAMES, group="balancer")
    assert list(preflight.certificate_problems(told)) == []
    told = inventory(files, ["other.example.com"], group="balancer")
    assert [each.host for each in preflight.certificate_problems(told)] == ["one"]


def test_preflight_names_the_variable_its_place_and_the_host(files: Files) -> None:
    found = list(preflight.certificate_problems(inventory(files, ["other.example.com"])))
    assert [(each.subject, each.where, each.host) for each in found] == [
        ("tls_provided_certificate", "main.yml:tls_provided_certificate", "one")
    ]
    assert "not for other.example.com" in found[0].what
    assert found[0].fix


def test_what_is_left_in_the_inventory_for_another_choice_is_not_read() -> None:
    left = inventory(Files("/gone", "/gone", "/gone"), NAMES, tls_provider="private_ca")
    assert list(preflight.certificate_problems(left)) == []


def test_an_authority_that_may_not_be_read_is_named(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_file", refuse)
    assert authorities.what_is_wrong(files.authority).endswith("cannot be read: Permission denied")


def test_a_kind_of_certificate_that_hosts_would_not_find_is_refused(
    files: Files, tmp_path: Path
) -> None:
    """OpenSSL reads it, with what it is trusted for."""
    trusted = tmp_path / "trusted.pem"
    command = ["openssl", "x509", "-in", files.authority, "-trustout", "-out", str(trusted)]
    subprocess.run(command, check=True)
    assert "no certificate in PEM" in authorities.what_is_wrong(str(trusted))


@pytest.mark.parametrize(
    ("path", "words"),
    [("/no/such.pem", "no file"), ("such.pem", "whole path"), (__file__, "no certificate in PEM")],
)
def test_authorities_that_hosts_shall_trust_are_read_first(
    files: Files, path: str, words: str
) -> None:
    trusted = [files.authority, path]
    told = inventory(files, NAMES, base_extra_ca_files=trusted)
    found = list(preflight.certificate_problems(told))
    assert {each.subject for each in found} == {"base_extra_ca_files"}
    assert [each.host for each in found] == ["one", "two"]
    assert all(words in each.what and path in each.what and each.fix for each in found)
