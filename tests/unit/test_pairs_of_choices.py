"""Which choices meet on a host: each value of each, and each pair of neighbours, at least once.

Neighbours are choices whose parts have to do with one another: what serves pages runs what is
in the Python environment, which talks to the cache; every Debian has its own versions of all.
What scenarios choose in their tests is not counted: mail, database, certificate and login.
"""

import itertools
from collections.abc import Iterator
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
    "target": ("bookworm", "trixie"),
}
NEIGHBOURS = (
    ("moztrap_web_server", "moztrap_wsgi_server"),
    ("moztrap_wsgi_server", "moztrap_python_env"),
    ("moztrap_wsgi_server", "cache"),
    ("moztrap_python_env", "cache"),
    *((name, "target") for name in CHOICES if name != "target"),
)
# Preflight refuses it: tests/unit/test_server_choices.py.
REFUSED = {("nginx", "mod_wsgi")}
FIRST_SCENARIOS = ("default", "debian13", "multi", "rolling", "rolling-nginx", "assets")


def combination(variables: dict[str, Any], suite: str) -> dict[str, str]:
    """What a host has to which an inventory says this."""
    derived = CHECKOUT / "inventories" / "shared" / "derived" / "choices.yml"
    said = yaml.safe_load(derived.read_text()) | variables
    backend = said["moztrap_cache_backend"]
    cache = said["moztrap_memcached_client"] if backend == "memcached" else backend
    return {name: said[name] for name in CHOICES if name in said} | {
        "cache": cache,
        "target": suite,
    }


def options() -> Iterator[dict[str, str]]:
    """What the host of the scenario `options` is switched to, part by part."""
    sets = CHECKOUT / "tests" / "testinfra" / "options" / "sets.yml"
    for entry in yaml.safe_load(sets.read_text()):
        suite = parts.OPTIONS[f"options-{entry['part']}"]
        yield combination(entry["variables"], suite)


def scenarios() -> Iterator[dict[str, str]]:
    """What hosts of other scenarios begin with."""
    for name in FIRST_SCENARIOS:
        path = CHECKOUT / "molecule" / name / "molecule.yml"
        environment = yaml.safe_load(path.read_text())["ansible"]["env"]
        hosts = topology.load(environment.get("TESTBED_TOPOLOGY", "testing"))
        yield combination(hosts.variables, environment["TESTBED_SUITE"])


MET = [*scenarios(), *options()]


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name, values in CHOICES.items() for value in values],
)
def test_each_value_is_converged(name: str, value: str) -> None:
    assert any(each[name] == value for each in MET)


@pytest.mark.parametrize(
    ("one", "other", "pair"),
    [
        (one, other, pair)
        for one, other in NEIGHBOURS
        for pair in itertools.product(CHOICES[one], CHOICES[other])
        if pair not in REFUSED
    ],
)
def test_each_pair_of_neighbours_is_converged(one: str, other: str, pair: tuple[str, str]) -> None:
    assert any((each[one], each[other]) == pair for each in MET)
