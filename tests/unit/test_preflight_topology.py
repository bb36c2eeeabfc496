"""Hosts that cannot find each other, or were told different things, are named by preflight."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from tests.helpers import plugins  # noqa: F401  # makes our shared code importable
from tests.helpers.preflight_inventory import (
    FIT,
    GROUPS,
    SEVERAL,
    SOUND,
    arrange,
    make_host,
    make_inventory,
)

from ansible.module_utils.moztrap.preflight import agreement, cache, topology  # isort: skip
from ansible.module_utils.moztrap.preflight.inventory import Value  # isort: skip


def test_several_hosts_behind_a_balancer_are_fine() -> None:
    inventory = arrange(SEVERAL, balancer=["b"], web=["w1", "w2"], static=["s"], db=["d"])
    assert list(topology.topology_problems(inventory)) == []


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ({"web": ["w1", "w2"], "static": ["w1", "w2"]}, "there are 2 web hosts"),
        ({"web": ["w1"], "static": ["s"]}, "on other hosts than the application"),
        ({"balancer": ["w1"], "web": ["w1"], "static": ["s"]}, "both want ports"),
        ({"balancer": ["s"], "web": ["w1"], "static": ["s"]}, "both want ports"),
    ],
)
def test_who_spreads_the_requests_is_asked(groups: dict[str, list[str]], words: str) -> None:
    found = list(topology.topology_problems(arrange(SEVERAL, **groups)))
    assert [problem.subject for problem in found] == ["group balancer"]
    assert words in found[0].what


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("db.your.org", "a name"),
        ("127.0.0.1", "only itself"),
        ("10.0.0.2", "the address of w1 too"),
    ],
)
def test_hosts_that_others_connect_to_have_addresses_of_their_own(address: str, words: str) -> None:
    inventory = arrange(
        SEVERAL | {"d": address}, balancer=["b"], web=["w1"], static=["s"], db=["d"]
    )
    found = list(topology.topology_problems(inventory))
    assert [(p.subject, p.host) for p in found] == [("moztrap_address", "d")]
    assert words in found[0].what
    assert found[0].where == "main.yml:moztrap_address"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("moztrap_wsgi_server", "gunicorn"),
        ("moztrap_cache_backend", "redis"),
        ("moztrap_login", "oidc"),
        ("moztrap_server_name", "other.your.org"),
    ],
)
def test_what_one_host_is_told_apart_from_the_others_is_named(name: str, value: str) -> None:
    """As it happens to who writes a choice into the variables of a host or a group."""
    several = arrange(SEVERAL, balancer=["b"], web=["w1", "w2"], static=["s"], db=["d"])
    assert list(agreement.agreement_problems(several)) == []
    told = SOUND | {"moztrap_address": "10.0.0.3", name: value}
    second = dataclasses.replace(make_host("w2", told, FIT), groups=("web",))
    mixed = dataclasses.replace(several, hosts={**several.hosts, "w2": second})
    [problem] = agreement.agreement_problems(mixed)
    assert (problem.subject, problem.host) == (name, "w2")
    assert f"is {value}, but {SOUND[name]} on b, w1, s, d" in problem.what
    assert problem.where == f"main.yml:{name}"
    assert "group_vars/all" in problem.fix


def test_what_somebody_wrote_is_named_and_not_the_default_of_the_others() -> None:
    several = arrange(SEVERAL, balancer=["b"], web=["w1", "w2"], static=["s"])
    written = Value("nginx", where="group_vars/web.yml:2")
    default = Value("apache", where="inventories/shared/derived/choices.yml:8")

    def told(value: Value) -> Callable[[str], Value]:
        return lambda name: value if name == "moztrap_web_server" else Value()

    members = {
        name: dataclasses.replace(host, get=told(default if name == "b" else written))
        for name, host in several.hosts.items()
    }
    [problem] = agreement.agreement_problems(dataclasses.replace(several, hosts=members))
    assert problem.where == "group_vars/web.yml:2"
    assert "is nginx, but apache on b" in problem.what
    assert problem.host == "w1, w2, s"


@pytest.mark.parametrize("apart", ["balancer", "others"])
def test_a_provider_of_certificates_is_the_whole_sites(apart: str) -> None:
    """The hosts that were told nothing have what role `tls` has by default."""
    several = arrange(SEVERAL, balancer=["b"], web=["w1", "w2"], static=["s"], db=["d"])
    told = {"b"} if apart == "balancer" else {"w1", "w2", "s", "d"}
    members = {
        name: dataclasses.replace(
            make_host(name, SOUND | ({"tls_provider": "acme"} if name in told else {}), FIT),
            groups=host.groups,
        )
        for name, host in several.hosts.items()
    }
    [problem] = agreement.agreement_problems(dataclasses.replace(several, hosts=members))
    assert problem.subject == "tls_provider"
    assert problem.what.startswith("is acme, but private_ca on ")
    assert set(problem.host.split(", ")) == told


def test_a_host_that_plays_no_part_may_say_what_it_likes() -> None:
    several = arrange(SEVERAL, balancer=["b"], web=["w1", "w2"], static=["s"])
    idle = dataclasses.replace(make_host("d", SOUND | {"moztrap_login": "oidc"}, FIT), groups=())
    mixed = dataclasses.replace(several, hosts={**several.hosts, "d": idle})
    assert list(agreement.agreement_problems(mixed)) == []


def test_a_site_has_one_database() -> None:
    [problem] = topology.topology_problems(arrange(SEVERAL, balancer=["b"], db=["d", "s"]))
    assert problem.subject == "group db"
    assert "has 2 hosts" in problem.what
    assert "d would be used" in problem.what
    assert problem.host == "d, s"


@pytest.mark.parametrize(
    ("backend", "danger"), [("memcached", "lets in whoever"), ("redis", "in the clear")]
)
@pytest.mark.parametrize("address", ["203.0.113.7", "2001:db8::7"])
def test_strangers_reach_no_cache(backend: str, danger: str, address: str) -> None:
    variables = {
        "moztrap_cache_backend": backend,
        "moztrap_address": address,
        f"{backend}_listen_address": address,
    }
    [problem] = cache.cache_problems(make_inventory(variables))
    assert (problem.subject, problem.host) == ("moztrap_address", "one")
    assert f"is {address}, but {backend} may listen at an address that is loopback" in problem.what
    assert danger in problem.what
    assert "moztrap_address: 10.0.0.5" in problem.fix
    for fine in ("10.0.0.5", "127.0.0.1", "fd00::5"):
        variables[f"{backend}_listen_address"] = variables["moztrap_address"] = fine
        assert list(cache.cache_problems(make_inventory(variables))) == []
    # A name is told with the other addresses.
    variables[f"{backend}_listen_address"] = variables["moztrap_address"] = "cache.your.org"
    assert list(cache.cache_problems(make_inventory(variables))) == []


def test_where_a_cache_listens_follows_from_its_address() -> None:
    variables = {"moztrap_address": "10.0.0.5", "memcached_listen_address": "0.0.0.0"}  # noqa: S104
    [problem] = cache.cache_problems(make_inventory(variables))
    assert problem.subject == "memcached_listen_address"
    assert "follows from moztrap_address" in problem.fix
    variables["moztrap_cache_backend"] = "database"
    assert list(cache.cache_problems(make_inventory(variables))) == []


def test_one_host_may_have_a_name() -> None:
    groups = {group: ["one"] for group in GROUPS}
    assert list(topology.topology_problems(arrange({"one": "moztrap.your.org"}, **groups))) == []


def test_a_build_host_may_have_a_name() -> None:
    places = {"w1": "10.0.0.2", "d": "10.0.0.5", "builder": "build.your.org"}
    inventory = arrange(places, web=["w1"], static=["w1"], db=["d"], build=["builder"])
    assert list(topology.topology_problems(inventory)) == []
