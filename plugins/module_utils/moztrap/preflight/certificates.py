"""What can be wrong with certificates: one that is provided or asked for, and whom hosts trust."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from ansible.module_utils.moztrap.preflight import authorities
from ansible.module_utils.moztrap.preflight.inventory import Host, Inventory
from ansible.module_utils.moztrap.preflight.placeholders import is_placeholder_address
from ansible.module_utils.moztrap.preflight.problems import Problem
from ansible.module_utils.moztrap.provided_certificate import (
    AUTHORITY,
    CERTIFICATE,
    KEY,
    Files,
    examine,
)

OTHERWISE = "Or let tls_provider be private_ca or provided."
# Names that no public authority can ask for proof (RFC 6761, RFC 6762, and what ICANN set aside).
PRIVATE_DOMAINS = ("test", "localhost", "local", "internal", "lan", "home", "corp", "intranet")
PROOF_PORT = "80"


def certificate_problems(inventory: Inventory) -> Iterator[Problem]:
    """What an ACME server would refuse or was not told, and files that are not what they say."""
    # Those that people reach: any others are certified by the private authority.
    entrance = inventory.members("balancer") or inventory.members("web")
    host = next(iter(entrance), None)
    if host is not None and _text(host, "tls_provider") == "acme":
        yield from _name_problems(host)
        yield from _account_problems(host)
        yield from _server_problems(host)
        for one in entrance:
            yield from _proof_problems(one)
    for one in entrance:
        if _text(one, "tls_provider") == "provided":
            yield from _provided_problems(one)
    for one in inventory.hosts.values():
        yield from _trusted_problems(one)


def _text(host: Host, name: str) -> str:
    found = host.get(name)
    return str(found.value) if found.is_set else ""


def _name_problems(host: Host) -> Iterator[Problem]:
    name = _text(host, "moztrap_server_name").lower()
    where = host.get("moztrap_server_name").where
    try:
        ipaddress.ip_address(name)
    except ValueError:
        pass
    else:
        yield Problem(
            "moztrap_server_name",
            f"is {name}, an address; an ACME server asks for proof of a DNS name",
            f"Give the site a name in DNS. {OTHERWISE}",
            where,
        )
        return
    is_public = "." in name and name.rpartition(".")[2] not in PRIVATE_DOMAINS
    if name and not is_public and not _text(host, "tls_acme_directory"):
        yield Problem(
            "moztrap_server_name",
            f"is {name}, a name that no public authority certifies",
            "Name the ACME server of your own network in tls_acme_directory, and its authority "
            f"in tls_acme_ca_file. {OTHERWISE}",
            where,
        )


def _account_problems(host: Host) -> Iterator[Problem]:
    email = host.get("tls_acme_email")
    address = _text(host, "tls_acme_email")
    if not address or "@" not in address or is_placeholder_address(address):
        yield Problem(
            "tls_acme_email",
            f"is {address or 'empty'}; the account at the ACME server needs an address of yours",
            "Set it, as in\n  tls_acme_email: operations@your.org",
            email.where,
        )
    terms = host.get("tls_acme_agree_to_terms")
    if str(_text(host, "tls_acme_agree_to_terms")).lower() not in ("true", "yes", "1"):
        yield Problem(
            "tls_acme_agree_to_terms",
            "is not true; nobody but you can agree to the terms of the ACME server",
            "Read them (its directory names them as termsOfService), then set\n"
            "  tls_acme_agree_to_terms: true",
            terms.where,
        )


def _server_problems(host: Host) -> Iterator[Problem]:
    directory = host.get("tls_acme_directory")
    url = urlsplit(_text(host, "tls_acme_directory"))
    if directory.is_set and directory.value and (url.scheme != "https" or not url.hostname):
        yield Problem(
            "tls_acme_directory",
            f"is {directory.value}, not an https address: anybody in between could be that server",
            "Set it to the URL of the server's directory, as in\n"
            "  tls_acme_directory: https://ca.your.org/acme/acme/directory",
            directory.where,
        )
    authority = host.get("tls_acme_ca_file")
    if not authority.is_set or not authority.value:
        return
    what = authorities.what_is_wrong(str(authority.value))
    if what:
        yield Problem(
            "tls_acme_ca_file",
            what,
            "Give the whole path of a PEM file with the authorities of the ACME server and of the "
            "certificates that it gives; or remove it, if Debian trusts them.",
            authority.where,
        )


def _proof_problems(host: Host) -> Iterator[Problem]:
    """An ACME server asks at port 80, which a firewall of the operator's wording may close."""
    inbound, enabled = host.get("firewall_inbound"), host.get("firewall_enabled")
    if not isinstance(inbound.value, list) or str(enabled.value).lower() in ("false", "no"):
        return
    opened = [
        str(port)
        for rule in inbound.value
        if isinstance(rule, Mapping) and isinstance(rule.get("ports"), list)
        for port in rule["ports"]
    ]
    # What is no list of ports is told with the types.
    if PROOF_PORT in opened or not opened:
        return
    yield Problem(
        "firewall_inbound",
        f"opens port {PROOF_PORT} to nobody, but an ACME server asks there for proof",
        "Add it, as in\n  - {service: https, ports: [80, 443], sources: any}",
        inbound.where,
        host.name,
    )


def _provided_problems(host: Host) -> Iterator[Problem]:
    names = host.get("tls_certificate_names")
    files = Files(*(_text(host, name) for name in (CERTIFICATE, KEY, AUTHORITY)))
    for found in examine(files, names.value if isinstance(names.value, list) else []).problems:
        where = host.get(found.variable).where
        yield Problem(found.variable, found.what, found.fix, where, host.name)


def _trusted_problems(host: Host) -> Iterator[Problem]:
    trusted = host.get("base_extra_ca_files")
    for path in trusted.value if isinstance(trusted.value, list) else []:
        what = authorities.what_is_wrong(str(path))
        if what:
            yield Problem(
                "base_extra_ca_files",
                what,
                "Give the whole path of a PEM file on this machine, or remove it from the list.",
                trusted.where,
                host.name,
            )
