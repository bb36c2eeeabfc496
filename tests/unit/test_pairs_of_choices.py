"""Which choices meet on a host: each value of each, and each pair of neighbours, at least once.

Neighbours are choices whose parts have to do with one another: what serves pages runs what is
in the Python environment, which talks to the cache, the database, the mail server and the
provider of logins, and the web server shows the certificate; every Debian has its own versions
of all.
"""

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import yaml

from testbed import topology
from tests import parts
from tests.parts import CHECKOUT

CHOICES = {
    "moztrap_web_server": ("apache", "nginx"),
    "moztrap_wsgi_server": ("mod_wsgi", "gunicorn"),
    "moztrap_python_env": ("venv", "vendor"),
    "cache": ("python-memcached", "pymemcache", "redis", "file", "database"),
    "mysql_flavour": ("mariadb", "mysql", "external"),
    "mail": ("postfix", "relay", "smtp"),
    "moztrap_login": ("password", "oidc"),
    "tls_provider": ("private_ca", "provided", "acme"),
    "target": ("bookworm", "trixie"),
}
NEIGHBOURS = (
    ("moztrap_web_server", "moztrap_wsgi_server"),
    ("moztrap_web_server", "tls_provider"),
    ("moztrap_wsgi_server", "moztrap_python_env"),
    *(
        (one, other)
        for one in ("moztrap_wsgi_server", "moztrap_python_env")
        for other in ("cache", "mysql_flavour", "mail", "moztrap_login")
    ),
    *((name, "target") for name in CHOICES if name != "target"),
)
# Preflight refuses it (tests/unit/test_server_choices.py); Debian 13 has no MySQL, which is on a
# host of its own.
REFUSED = {("nginx", "mod_wsgi"), ("mysql", "trixie")}
# A table that is a cache is in whichever database the site has.
TABLES = [("database", flavour) for flavour in CHOICES["mysql_flavour"]]

# What tests choose for the host of their scenario, besides what it begins with.
PROVIDED = {"tls_provider": "provided"}
OTHER_CLIENT = {"moztrap_memcached_client": "pymemcache"}
BY_TESTS: dict[str, tuple[dict[str, str], ...]] = {
    "acme": (
        {"tls_provider": "acme"},
        {"tls_provider": "acme", "moztrap_web_server": "nginx", "moztrap_wsgi_server": "gunicorn"},
    ),
    "debian13": (PROVIDED, OTHER_CLIENT),
    "default": (PROVIDED, OTHER_CLIENT),
    "external": ({"mysql_flavour": "external"},),
    "mail": ({"smtp_external_relay": "[mail]:587"}, {"moztrap_mail_delivery": "smtp"}),
    "oidc": ({"moztrap_login": "oidc"},),
    "elsewhere": (
        {"smtp_external_relay": "[mail]:587"},
        {"moztrap_cache_backend": "file", "moztrap_python_env": "vendor"},
        {
            "mysql_flavour": "external",
            "moztrap_mail_delivery": "smtp",
            "moztrap_login": "oidc",
            "tls_provider": "acme",
            "moztrap_cache_backend": "database",
        },
    ),
}
# Where they do that, if not among the tests of their own scenario.
NEGATIVE = ("negative",)
SOURCES = {
    "default": NEGATIVE,
    "debian13": NEGATIVE,
    "elsewhere": ("elsewhere", "acme", "external", "mail", "oidc"),
}
CHANGES_THE_CERTIFICATE = "negative/test_zero_downtime.py"
Combination = dict[str, str]


def combination(variables: dict[str, Any], suite: str) -> Combination:
    """What a host has to which an inventory says this."""
    derived = CHECKOUT / "inventories" / "shared" / "derived" / "choices.yml"
    said = {"tls_provider": "private_ca"} | yaml.safe_load(derived.read_text()) | variables
    backend = said["moztrap_cache_backend"]
    relayed = "relay" if "smtp_external_relay" in said else "postfix"
    return {name: said[name] for name in CHOICES if name in said} | {
        "cache": said["moztrap_memcached_client"] if backend == "memcached" else backend,
        "mail": relayed if said["moztrap_mail_delivery"] == "postfix" else "smtp",
        "target": suite,
    }


def options(name: str) -> Iterator[Combination]:
    """What the host of the scenario `options` is switched to in one of its parts."""
    sets = CHECKOUT / "tests" / "testinfra" / "options" / "sets.yml"
    for entry in yaml.safe_load(sets.read_text()):
        if name == f"options-{entry['part']}":
            yield combination(entry["variables"], parts.OPTIONS[name])
            if CHANGES_THE_CERTIFICATE in entry["also"]:
                yield combination(entry["variables"] | PROVIDED, parts.OPTIONS[name])


def scenario(name: str) -> Iterator[Combination]:
    """What hosts of another scenario begin with, and what its tests choose for them."""
    path = CHECKOUT / "molecule" / name / "molecule.yml"
    environment = yaml.safe_load(path.read_text())["ansible"]["env"]
    hosts = topology.load(environment.get("TESTBED_TOPOLOGY", "testing"))
    # Where the hosts differ, that of the site decides.
    suite = environment.get("TESTBED_SUITE", hosts.in_group("web")[0].suite)
    for chosen in ({}, *BY_TESTS.get(name, ())):
        yield combination(hosts.variables | chosen, suite)


def met(names: Iterable[str]) -> list[Combination]:
    """What hosts have in these parts of the proof, as far as they are scenarios."""
    found: list[Combination] = []
    for name in names:
        if name in parts.OPTIONS:
            found += options(name)
        elif (CHECKOUT / "molecule" / name).is_dir():
            found += scenario(name)
    return found


def parts_of(target: str) -> list[str]:
    """What a target of the Makefile runs."""
    makefile = (CHECKOUT / "Makefile").read_text().replace("\\\n", " ")
    [words] = re.findall(rf"(?m)^{target}:.*\n.* -m tests\.run (.+)$", makefile)
    return [word for word in str(words).split() if not word.startswith("-")]


MET = met(parts_of("test-all"))


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name, values in CHOICES.items() for value in values],
)
def test_each_value_is_converged(name: str, value: str) -> None:
    assert any(each[name] == value for each in MET)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (name, value)
        for name, values in CHOICES.items()
        for value in values
        # It needs a host with Debian unstable.
        if value != "mysql"
    ],
)
def test_make_test_converges_each_value_once(name: str, value: str) -> None:
    assert any(each[name] == value for each in met(parts_of("test")))


@pytest.mark.parametrize(
    ("one", "other", "pair"),
    [
        (one, other, pair)
        for one, other in NEIGHBOURS
        for pair in itertools.product(CHOICES[one], CHOICES[other])
        if pair not in REFUSED
    ]
    + [("cache", "mysql_flavour", pair) for pair in TABLES],
)
def test_each_pair_of_neighbours_is_converged(one: str, other: str, pair: tuple[str, str]) -> None:
    assert any((each[one], each[other]) == pair for each in MET)


def sources(folder: str) -> Iterator[str]:
    """The tests in a folder, and the helpers that they name."""
    tests = CHECKOUT / "tests"
    for path in (tests / "testinfra" / folder).glob("*.py"):
        text = path.read_text()
        yield text
        for helper in re.findall(r"(?m)^from tests\.helpers\.(\w+) import", text):
            yield (tests / "helpers" / f"{helper}.py").read_text()


@pytest.mark.parametrize(
    ("name", "variable", "value"),
    [
        (name, variable, value)
        for name, sets in BY_TESTS.items()
        for chosen in sets
        for variable, value in chosen.items()
    ],
)
def test_tests_choose_what_is_counted(name: str, variable: str, value: str) -> None:
    value = "" if variable == "smtp_external_relay" else f'"{value}"'
    words = re.compile(rf'\b{variable}(": |=){re.escape(value)}|"{variable}={value[1:-1]}"')
    folders = SOURCES.get(name, (name,))
    assert any(words.search(text) for folder in folders for text in sources(folder))


@pytest.mark.parametrize(
    ("divided", "folder"),
    [
        (parts.ASSETS, "rollout"),
        (parts.FAULTS, "testinfra/faults"),
        (parts.ROLLING, "testinfra/rolling"),
        (parts.ROLLING_NGINX, "testinfra/rolling"),
        (parts.ACME_BALANCERS, "testinfra/acme_balancers"),
    ],
    ids=["assets", "faults", "rolling", "rolling-nginx", "acme-balancers"],
)
def test_every_test_of_a_divided_scenario_is_in_one_of_its_parts(
    divided: dict[str, tuple[str, ...]], folder: str
) -> None:
    files = [file for files in divided.values() for file in files]
    found = (CHECKOUT / "tests" / folder).glob("test_*.py")
    assert sorted(files) == sorted(path.name for path in found)
    assert set(divided) <= set(parts_of("test-all"))
