"""What can be wrong with the site as a whole: groups, secrets, names, choices."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from ansible.module_utils.moztrap.preflight.inventory import SHARED_DEFAULTS, Host, Inventory
from ansible.module_utils.moztrap.preflight.placeholders import (
    is_placeholder_address,
    is_placeholder_host,
    secret_problem,
)
from ansible.module_utils.moztrap.preflight.problems import Problem

NEEDED_GROUPS = {
    "web": "runs the application",
    "static": "serves the static files",
    "db": "holds the database, or works with one elsewhere",
    "cache": "holds the shared cache",
    "mail": "passes mail on",
    "build": "builds releases",
}
# Choices that need no host for what they replace.
CACHES_WITHOUT_SERVER = ("file", "database", "local")
# Secrets, the fewest characters each may have, and whether another may equal it.
SECRETS = {
    "moztrap_secret_key": 50,
    "moztrap_admin_password": 10,
    "mysql_owner_password": 12,
    "mysql_runtime_password": 12,
    "mysql_backup_password": 12,
}
# Those that only a choice asks for: secret → (variable, value, fewest characters).
CHOSEN_SECRETS = {
    "redis_password": ("moztrap_cache_backend", "redis", 20),
    # Made by the provider, which decides how long it is.
    "moztrap_oidc_client_secret": ("moztrap_login", "oidc", 8),
}
# What this version can do, and what is named but not there yet.
AVAILABLE = {
    "moztrap_wsgi_server": (("mod_wsgi", "gunicorn"), ()),
    "moztrap_web_server": (("apache", "nginx"), ()),
    "mysql_flavour": (("mariadb", "mysql", "external"), ()),
    "moztrap_cache_backend": (("memcached", "redis", "file", "database"), ("local",)),
    "moztrap_memcached_client": (("python-memcached", "pymemcache"), ()),
    "moztrap_mail_delivery": (("postfix", "smtp"), ()),
    "moztrap_python_env": (("venv", "vendor"), ()),
    "moztrap_login": (("password", "oidc"), ()),
    "moztrap_registration": (("open", "domains", "closed"), ()),
    "moztrap_media_storage": (("filesystem", "database"), ()),
}
# Settings of the web server, whichever it is: moztrap_web_ and these.
OF_EVERY_WEB_SERVER = frozenset(
    {
        *("tls_profile", "hsts_seconds", "hsts_include_subdomains", "hsts_preload"),
        *("request_megabytes", "request_timeout_seconds", "keep_alive_seconds"),
        *("log_days", "site_title", "acme_directory"),
    }
)
# Neither account, port, path, query nor fragment.
MERE_NAME = re.compile(r"https://([^/:@?#]+|\[[^\]/@?#]+\])/?", re.IGNORECASE)
GENERATE = (
    "Let `make inventory NAME=x` write an inventory with every secret generated and "
    "encrypted, or put a long random value into {file}."
)


def group_problems(inventory: Inventory) -> Iterator[Problem]:
    """Hosts are addressed by group alone, so that every group needs one."""
    host = inventory.any_host
    cache = host.get("moztrap_cache_backend").value if host else None
    mail = host.get("moztrap_mail_delivery").value if host else None
    for group, purpose in NEEDED_GROUPS.items():
        if inventory.groups.get(group):
            continue
        if group == "cache" and cache in CACHES_WITHOUT_SERVER:
            continue
        if group == "mail" and mail == "smtp":
            continue
        state = "is empty" if group in inventory.groups else "is missing"
        yield Problem(
            f"group {group}",
            f"{state}; a host of it {purpose}",
            f"Name one in hosts.yml of the inventory, under children, {group}, hosts.",
            inventory.folder,
        )


def secret_problems(inventory: Inventory) -> Iterator[Problem]:
    """Missing ones are told with the types; here: placeholders, short ones, repeated ones."""
    host = inventory.any_host
    if host is None:
        return
    seen: dict[str, str] = {}
    chosen = {
        name: shortest
        for name, (variable, value, shortest) in CHOSEN_SECRETS.items()
        if host.get(variable).value == value
    }
    for name, shortest in (SECRETS | chosen).items():
        found = host.get(name)
        if not found.is_set or not isinstance(found.value, str):
            continue
        subject = found.source or name
        what = secret_problem(found.value, shortest)
        if not what and found.value in seen:
            what = f"is the same as {seen[found.value]}; one leak would give away both"
        if what:
            file = found.where.partition(":")[0] or "group_vars/all/vault.yml"
            yield Problem(subject, what, GENERATE.format(file=file), found.where)
        seen.setdefault(found.value, subject)


def name_problems(inventory: Inventory) -> Iterator[Problem]:
    """The site's name, its address and its mail addresses."""
    host = inventory.any_host
    if host is None:
        return
    name = host.get("moztrap_server_name")
    if name.is_set and is_placeholder_host(str(name.value)):
        yield Problem(
            "moztrap_server_name",
            f"is still the placeholder {name.value}",
            "Set it to the name that people type, as in\n  moztrap_server_name: tests.your.org",
            name.where,
        )
    for variable in ("moztrap_default_from_email", "moztrap_admin_email"):
        address = host.get(variable)
        if address.is_set and is_placeholder_address(str(address.value)):
            yield Problem(
                variable,
                f"is still a placeholder: {address.value}",
                f"Set it to an address of yours, as in\n  {variable}: moztrap@your.org",
                address.where,
            )
    yield from _site_url_problems(host, str(name.value) if name.is_set else "")


def _site_url_problems(host: Host, server_name: str) -> Iterator[Problem]:
    url = host.get("moztrap_site_url")
    if not url.is_set:
        return
    site = urlsplit(str(url.value))
    # An account in it would be a secret.
    shown = re.sub(r"//[^/]*@", "//…@", str(url.value))
    fix = f"Remove it: https://{server_name} follows from moztrap_server_name."
    if site.scheme != "https":
        yield Problem("moztrap_site_url", f"is {shown}, not an https address", fix, url.where)
    elif site.hostname != server_name.lower():
        yield Problem(
            "moztrap_site_url",
            f"names {site.hostname}, but moztrap_server_name is {server_name}",
            "Make both the same. " + fix,
            url.where,
        )
    elif not MERE_NAME.fullmatch(str(url.value)):
        yield Problem(
            "moztrap_site_url",
            f"is {shown}, with more than the name: the site lives at the root, at port 443",
            fix,
            url.where,
        )


def choice_problems(inventory: Inventory) -> Iterator[Problem]:
    """Choices that this version does not have, and combinations that cannot work."""
    host = inventory.any_host
    if host is None:
        return
    for variable, (available, later) in AVAILABLE.items():
        found = host.get(variable)
        if not found.is_set or found.value in available:
            continue
        what = (
            f"{found.value} is not available in this version"
            if found.value in later
            else f"{found.value} means nothing"
        )
        yield Problem(variable, what, f"Use one of: {', '.join(available)}.", found.where)
    yield from _combination_problems(inventory, host)


def _combination_problems(inventory: Inventory, host: Host) -> Iterator[Problem]:
    yield from _media_problems(inventory, host)
    yield from _server_problems(host)
    yield from _python_problems(inventory)
    domains = host.get("moztrap_registration_domains")
    if host.get("moztrap_registration").value == "domains" and not (
        domains.is_set and domains.value
    ):
        yield Problem(
            "moztrap_registration_domains",
            "is empty, so that nobody could register",
            "List the domains, as in\n  moztrap_registration_domains: [your.org]",
            domains.where,
        )


def _server_problems(host: Host) -> Iterator[Problem]:
    """nginx has no Python in it, and a server that was not chosen reads no variable."""
    web, wsgi = host.get("moztrap_web_server"), host.get("moztrap_wsgi_server")
    if web.value == "nginx" and wsgi.value == "mod_wsgi":
        yield Problem(
            "moztrap_web_server",
            "nginx passes requests on, but mod_wsgi runs the application inside Apache",
            "Set moztrap_wsgi_server: gunicorn, or moztrap_web_server: apache.",
            web.where,
        )
    other = {"nginx": "apache", "apache": "nginx"}.get(str(web.value), "")
    for name in sorted(host.names):
        prefix, _, rest = name.partition("_")
        found = host.get(name) if prefix == other and rest in OF_EVERY_WEB_SERVER else None
        # What the groups derive is there for both.
        if found is not None and found.is_set and SHARED_DEFAULTS not in found.where:
            yield Problem(
                name,
                f"would do nothing: {web.value} serves the site",
                f"Rename it to moztrap_web_{rest}, which is for whichever serves it.",
                found.where,
            )


def _python_problems(inventory: Inventory) -> Iterator[Problem]:
    """Debian's packages serve Debian's Python, which therefore makes and uses the library."""
    for host in {
        each.name: each for each in (*inventory.members("build"), *inventory.members("web"))
    }.values():
        interpreter = host.get("ansible_python_interpreter")
        path = str(interpreter.value) if interpreter.is_set else ""
        if host.get("moztrap_python_env").value != "vendor" or not path.startswith("/"):
            continue
        if not re.fullmatch(r"/usr/bin/python3(\.[0-9]+)?", path):
            yield Problem(
                "ansible_python_interpreter",
                f"is {path}, but moztrap_python_env: vendor runs the application with Debian's "
                "own Python and packages: the release would be named after another Python",
                "Remove it, or set it to /usr/bin/python3; or use moztrap_python_env: venv.",
                interpreter.where,
                host.name,
            )


def _media_problems(inventory: Inventory, host: Host) -> Iterator[Problem]:
    """Uploads in files need one folder mounted on every web host; a mark left there tells."""
    media = host.get("moztrap_media_storage")
    web_hosts = inventory.members("web")
    if media.value != "filesystem" or len(web_hosts) < 2:
        return
    mark = web_hosts[0].facts.get("moztrap_media_mark")
    blind = [
        other.name
        for other in web_hosts
        if not mark or mark not in other.facts.get("moztrap_media_marks", [])
    ]
    if blind:
        yield Problem(
            "moztrap_media_storage",
            f"filesystem keeps uploads on one host's disk, but there are {len(web_hosts)} web "
            f"hosts, and what {web_hosts[0].name} writes is not read on all of them",
            "Set it to database, or mount one folder for uploads on every web host.",
            media.where,
            ", ".join(blind),
        )
