"""What can be wrong with login through a provider of OpenID Connect."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from ansible.module_utils.moztrap.preflight.inventory import Host, Inventory
from ansible.module_utils.moztrap.preflight.placeholders import is_placeholder_host
from ansible.module_utils.moztrap.preflight.problems import Problem
from ansible.module_utils.moztrap.provider_trial import OTHER, UNTRUSTED

# As `moztrap.core.policies` has them; a test compares both.
ROLES = ("Tester", "Test Creator", "Test Manager", "Admin")
AUTHORITIES = "ca-certificates"
PASSWORD_LOGINS = ("nobody", "superusers", "everybody")
# What means nothing unless the other is set as well.
PAIRS = (
    ("moztrap_oidc_role_claim", "moztrap_oidc_roles", "{qa-leads: Test Manager}"),
    ("moztrap_oidc_access_claim", "moztrap_oidc_access_values", "[qa]"),
)


def login_problems(inventory: Inventory) -> Iterator[Problem]:
    """Everything that would leave people outside, or let in whoever likes."""
    host = inventory.any_host
    if host is None or host.get("moztrap_login").value != "oidc":
        return
    yield from _issuer_problems(host)
    client = host.get("moztrap_oidc_client_id")
    if client.is_set and not client.value:
        yield Problem(
            "moztrap_oidc_client_id",
            "is empty, so that the provider would not know this site",
            "Register the site at the provider, with the address to return to\n"
            f"  {_site_url(host)}/accounts/oidc/callback/\n"
            "and set it to the client id that you get.",
            client.where,
        )
    scopes = host.get("moztrap_oidc_scopes")
    if isinstance(scopes.value, list) and "openid" not in scopes.value:
        yield Problem(
            "moztrap_oidc_scopes",
            "lacks openid, without which the provider says nothing of who it is",
            "Add it, as in\n  moztrap_oidc_scopes: [openid, profile, email]",
            scopes.where,
        )
    passwords = host.get("moztrap_oidc_password_login")
    if passwords.is_set and passwords.value not in PASSWORD_LOGINS:
        yield Problem(
            "moztrap_oidc_password_login",
            f"{passwords.value} means nothing",
            f"Use one of: {', '.join(PASSWORD_LOGINS)}.",
            passwords.where,
        )
    yield from _claim_problems(host)
    yield from _access_problems(host)
    yield from _trial_problems(inventory)


def _site_url(host: Host) -> str:
    found = host.get("moztrap_site_url")
    return str(found.value).rstrip("/") if found.is_set else "https://tests.your.org"


def _issuer_problems(host: Host) -> Iterator[Problem]:
    issuer = host.get("moztrap_oidc_issuer")
    if not issuer.is_set:
        return
    url = urlsplit(str(issuer.value))
    example = "as in\n  moztrap_oidc_issuer: https://login.your.org/realms/staff"
    if is_placeholder_host(url.hostname or ""):
        yield Problem(
            "moztrap_oidc_issuer",
            f"is {issuer.value or 'empty'}, which names no provider",
            f"Set it to the issuer in the provider's discovery document, {example}",
            issuer.where,
        )
    elif url.scheme != "https" and not _is_loopback(str(url.hostname)):
        yield Problem(
            "moztrap_oidc_issuer",
            f"is {issuer.value}: anybody on the way could say who logs in",
            f"Use the provider's https address, {example}",
            issuer.where,
        )
    elif "/.well-known/" in url.path or url.query or url.fragment:
        yield Problem(
            "moztrap_oidc_issuer",
            f"is {issuer.value}, the address of a document and not of the provider",
            f"Set it to what that document calls issuer, {example}",
            issuer.where,
        )
    elif url.netloc.lower() == str(host.get("moztrap_server_name").value).lower():
        yield Problem(
            "moztrap_oidc_issuer",
            f"names {url.netloc}, which is this site itself (moztrap_server_name)",
            f"Set it to the provider's own address, {example}",
            issuer.where,
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _claim_problems(host: Host) -> Iterator[Problem]:
    roles = host.get("moztrap_oidc_roles")
    if isinstance(roles.value, dict):
        unknown = sorted({str(role) for role in roles.value.values()} - set(ROLES))
        if unknown:
            yield Problem(
                "moztrap_oidc_roles",
                f"gives what is no role: {', '.join(unknown)}",
                f"Use one of: {', '.join(ROLES)}.",
                roles.where,
            )
    for claim_name, values_name, example in PAIRS:
        claim, values = host.get(claim_name), host.get(values_name)
        if not (claim.is_set and values.is_set) or bool(claim.value) == bool(values.value):
            continue
        empty, full = (values_name, claim_name) if claim.value else (claim_name, values_name)
        value = example if empty == values_name else "groups"
        yield Problem(
            empty,
            f"is empty, so that {full} would do nothing"
            if empty == claim_name
            else f"is empty, so that {full} would give nobody anything",
            f"Set it, as in\n  {empty}: {value}\nor remove {full}.",
            host.get(full).where,
        )


def _access_problems(host: Host) -> Iterator[Problem]:
    """A site that had closed its registration is opened to whoever has an account elsewhere."""
    registration, access = host.get("moztrap_registration"), host.get("moztrap_oidc_access_claim")
    forms = host.get("moztrap_oidc_password_login").value == "everybody"
    if registration.value in ("domains", "closed") and not forms and not access.value:
        yield Problem(
            "moztrap_registration",
            f"is {registration.value}, but with moztrap_login: oidc nobody registers by form, and "
            "whoever the provider lets in gets an account",
            "Say who of them may come in, as in\n  moztrap_oidc_access_claim: groups\n"
            "  moztrap_oidc_access_values: [qa]\n"
            "or, where all of them may, set moztrap_registration: open.",
            registration.where,
        )


def _trial_problems(inventory: Inventory) -> Iterator[Problem]:
    """What the provider said to the hosts that tried."""
    for host in inventory.hosts.values():
        trial = dict(host.facts.get("moztrap_provider_trial", {}))
        outcome, words = trial.get("outcome"), trial.get("words", "")
        issuer = host.get("moztrap_oidc_issuer")
        if outcome == OTHER:
            yield Problem(
                "moztrap_oidc_issuer",
                f"is {issuer.value}, but {words}",
                "Write it as the provider's own document does, to the letter: a slash at the end "
                "counts.",
                issuer.where,
                host.name,
            )
        # A bare host trusts nobody yet; this run gives it what it needs.
        elif outcome == UNTRUSTED and AUTHORITIES in host.facts.get("moztrap_packages", []):
            yield Problem(
                "moztrap_oidc_issuer",
                f"the connection to {issuer.value} cannot be trusted: {words}",
                "Name it as its certificate does, or add the authority's PEM file to "
                "base_extra_ca_files.",
                issuer.where,
                host.name,
            )
