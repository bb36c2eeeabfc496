"""Each kind of problem that preflight knows is found, and a sound inventory has none."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import plugins  # noqa: F401  # makes our shared code importable

from ansible.module_utils.moztrap.preflight import agreement, cache, hosts, site, specs, topology  # isort: skip
from ansible.module_utils.moztrap.preflight.inventory import Host, Inventory, Value  # isort: skip
from ansible.module_utils.moztrap.preflight.problems import Problem, tell  # isort: skip

PROJECT = Path(__file__).resolve().parents[2]
LIMITS = hosts.Limits({"Debian": ["12", "13"]}, {"Debian": ["sid"]}, 900, 2000, 30)
GROUPS = ("web", "static", "db", "cache", "mail", "build")
SOUND: dict[str, Any] = {
    "moztrap_server_name": "tests.your.org",
    "moztrap_site_url": "https://tests.your.org",
    "moztrap_default_from_email": "MozTrap <moztrap@your.org>",
    "moztrap_admin_email": "admin@your.org",
    "moztrap_secret_key": "k3y-" + "abcdefghijklmnopqrstuvwxyz0123456789" * 2,
    "moztrap_admin_password": "correct-horse-battery",
    "mysql_owner_password": "owner-0123456789",
    "mysql_runtime_password": "runtime-0123456789",
    "mysql_backup_password": "backup-0123456789",
    "moztrap_wsgi_server": "mod_wsgi",
    "moztrap_web_server": "apache",
    "moztrap_cache_backend": "memcached",
    "moztrap_python_env": "venv",
    "moztrap_login": "password",
    "moztrap_registration": "open",
    "moztrap_registration_domains": [],
    "moztrap_media_storage": "filesystem",
    "moztrap_web_processes": 2,
}
FIT: dict[str, Any] = {
    "moztrap_contact": {"status": "reached", "address": "198.18.0.1", "clock_skew": 0.0},
    "distribution": "Debian",
    "distribution_major_version": "12",
    "architecture": "x86_64",
    "python": {"version": {"major": 3, "minor": 11}},
    "memtotal_mb": 4000,
    "moztrap_disk_free_mb": 20000,
}


def make_host(name: str, variables: dict[str, Any], facts: dict[str, Any]) -> Host:
    def get(variable: str) -> Value:
        if variable not in variables:
            return Value(error="it is not set")
        return Value(variables[variable], where=f"main.yml:{variable}")

    return Host(name, (*GROUPS, "all"), frozenset(variables), get, facts)


def make_inventory(
    changes: dict[str, Any] | None = None,
    facts: dict[str, Any] | None = None,
    names: Iterable[str] = ("one",),
) -> Inventory:
    variables = SOUND | (changes or {})
    found = {name: make_host(name, variables, FIT | (facts or {})) for name in names}
    return Inventory({group: list(found) for group in (*GROUPS, "all")}, found, "inventories/x")


Finder = Callable[[Inventory], Iterable[Problem]]


def find_hosts(inventory: Inventory) -> Iterable[Problem]:
    return hosts.host_problems(inventory, LIMITS)


FINDERS: tuple[Finder, ...] = (
    site.group_problems,
    site.secret_problems,
    site.name_problems,
    site.choice_problems,
    cache.cache_problems,
    topology.topology_problems,
    find_hosts,
)


def test_a_sound_inventory_has_no_problem() -> None:
    assert [problem for find in FINDERS for problem in find(make_inventory())] == []


@pytest.mark.parametrize(
    ("changes", "find", "subject", "words"),
    [
        (
            {"moztrap_secret_key": "CHANGE-ME"},
            site.secret_problems,
            "moztrap_secret_key",
            "placeholder",
        ),
        ({"moztrap_secret_key": ""}, site.secret_problems, "moztrap_secret_key", "empty"),
        (
            {"mysql_owner_password": "abcdef1"},
            site.secret_problems,
            "mysql_owner_password",
            "too short",
        ),
        (
            {"mysql_owner_password": "abababababab"},
            site.secret_problems,
            "mysql_owner_password",
            "few",
        ),
        (
            {"mysql_backup_password": SOUND["mysql_runtime_password"]},
            site.secret_problems,
            "mysql_backup_password",
            "the same as mysql_runtime_password",
        ),
        (
            {"moztrap_server_name": "moztrap.example.com"},
            site.name_problems,
            "moztrap_server_name",
            "placeholder",
        ),
        (
            {"moztrap_default_from_email": "MozTrap <x@example.com>"},
            site.name_problems,
            "moztrap_default_from_email",
            "placeholder",
        ),
        (
            {"moztrap_site_url": "http://tests.your.org"},
            site.name_problems,
            "moztrap_site_url",
            "not an https",
        ),
        (
            {"moztrap_site_url": "https://other.your.org"},
            site.name_problems,
            "moztrap_site_url",
            "names other",
        ),
        (
            {"moztrap_site_url": "https://tests.your.org/m"},
            site.name_problems,
            "moztrap_site_url",
            "with more than the name",
        ),
        (
            {"moztrap_site_url": "https://tests.your.org:8443"},
            site.name_problems,
            "moztrap_site_url",
            "with more than the name",
        ),
        (
            {"moztrap_site_url": "https://me:secret@tests.your.org"},
            site.name_problems,
            "moztrap_site_url",
            "with more than the name",
        ),
        (
            {"moztrap_site_url": "https://tests.your.org/#top"},
            site.name_problems,
            "moztrap_site_url",
            "with more than the name",
        ),
        (
            {"moztrap_wsgi_server": "uwsgi"},
            site.choice_problems,
            "moztrap_wsgi_server",
            "means nothing",
        ),
        (
            {"moztrap_web_server": "nginx"},
            site.choice_problems,
            "moztrap_web_server",
            "mod_wsgi runs the application inside Apache",
        ),
        (
            {"moztrap_web_server": "lighttpd"},
            site.choice_problems,
            "moztrap_web_server",
            "means nothing",
        ),
        (
            {"moztrap_cache_backend": "local"},
            cache.cache_problems,
            "moztrap_cache_backend",
            "inside each process",
        ),
        (
            {"moztrap_cache_backend": "local", "moztrap_web_processes": 1},
            site.choice_problems,
            "moztrap_cache_backend",
            "not available in this version",
        ),
        (
            {"moztrap_mail_delivery": "sendmail"},
            site.choice_problems,
            "moztrap_mail_delivery",
            "means nothing",
        ),
        (
            {"moztrap_media_storage": "s3"},
            site.choice_problems,
            "moztrap_media_storage",
            "means nothing",
        ),
        (
            {"nginx_keep_alive_seconds": 5},
            site.choice_problems,
            "nginx_keep_alive_seconds",
            "would do nothing: apache serves the site",
        ),
        (
            {"moztrap_memcached_client": "pylibmc"},
            site.choice_problems,
            "moztrap_memcached_client",
            "means nothing",
        ),
        (
            {"moztrap_cache_backend": "redis", "redis_password": ""},
            site.secret_problems,
            "redis_password",
            "empty",
        ),
        (
            {"moztrap_cache_backend": "redis", "redis_password": "CHANGE-ME"},
            site.secret_problems,
            "redis_password",
            "placeholder",
        ),
        (
            {"moztrap_cache_backend": "redis", "redis_password": "a-short-one-0123"},
            site.secret_problems,
            "redis_password",
            "too short",
        ),
        (
            {"moztrap_registration": "domains"},
            site.choice_problems,
            "moztrap_registration_domains",
            "empty",
        ),
    ],
)
def test_wrong_values_are_named_with_their_place(
    changes: dict[str, Any], find: Finder, subject: str, words: str
) -> None:
    problems = [problem for problem in find(make_inventory(changes)) if words in problem.what]
    assert [problem.subject for problem in problems] == [subject]
    assert problems[0].where.startswith("main.yml:")
    assert problems[0].fix


def test_secrets_are_never_told() -> None:
    secret = "abababababab"
    text = tell(list(site.secret_problems(make_inventory({"mysql_owner_password": secret}))))
    assert "mysql_owner_password" in text
    assert secret not in text


def test_a_cache_on_one_disk_is_refused_on_several_web_hosts() -> None:
    several = make_inventory({"moztrap_cache_backend": "file"}, names=("one", "two"))
    [problem] = cache.cache_problems(several)
    assert problem.subject == "moztrap_cache_backend"
    assert "one host's disk, but there are 2 web hosts" in problem.what
    assert problem.fix == "Use memcached, redis or database."


def test_uploads_on_one_disk_are_refused_on_several_web_hosts() -> None:
    [problem] = site.choice_problems(make_inventory(names=("one", "two")))
    assert problem.subject == "moztrap_media_storage"
    assert "keeps uploads on one host's disk" in problem.what
    assert problem.fix.startswith("Set it to database, or mount one folder")


MARKED = {"moztrap_media_mark": "m1", "moztrap_media_marks": ["m1"]}


def test_uploads_in_files_need_a_folder_that_all_web_hosts_share() -> None:
    inventory = make_inventory(facts=MARKED, names=("one", "two"))
    assert list(site.choice_problems(inventory)) == []
    blind = make_host("two", SOUND, FIT | {"moztrap_media_marks": []})
    inventory = dataclasses.replace(inventory, hosts={**inventory.hosts, "two": blind})
    found = list(site.choice_problems(inventory))
    assert [(p.subject, p.host) for p in found] == [("moztrap_media_storage", "two")]
    assert "what one writes is not read on all of them" in found[0].what


def test_uploads_in_the_database_need_nothing() -> None:
    changes = {"moztrap_media_storage": "database"}
    assert list(site.choice_problems(make_inventory(changes, names=("one", "two")))) == []


def arrange(places: dict[str, str], **groups: list[str]) -> Inventory:
    """Hosts at addresses, in groups."""
    found = {
        name: dataclasses.replace(
            make_host(name, SOUND | {"moztrap_address": address}, FIT),
            groups=tuple(group for group, members in groups.items() if name in members),
        )
        for name, address in places.items()
    }
    return Inventory({**groups, "all": list(found)}, found, "inventories/x")


SEVERAL = {"b": "10.0.0.1", "w1": "10.0.0.2", "w2": "10.0.0.3", "s": "10.0.0.4", "d": "10.0.0.5"}


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


def test_empty_and_missing_groups_are_told_apart() -> None:
    inventory = make_inventory()
    groups = dict(inventory.groups) | {"db": []}
    del groups["cache"]
    found = list(site.group_problems(dataclasses.replace(inventory, groups=groups)))
    assert [(p.subject, p.what.partition(";")[0]) for p in found] == [
        ("group db", "is empty"),
        ("group cache", "is missing"),
    ]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"distribution": "Fedora", "distribution_major_version": "40"}, "Fedora 40"),
        ({"distribution_major_version": "11"}, "Debian 11"),
        ({"memtotal_mb": 500}, "500 MB of memory"),
        ({"moztrap_disk_free_mb": 100}, "100 MB of free disk space"),
        ({"moztrap_contact": {"status": "reached", "clock_skew": -120.0}}, "120 s behind"),
        ({"moztrap_contact": {"status": "unreachable", "problem": "timed out"}}, "timed out"),
        ({"moztrap_contact": {"status": "refused", "problem": "Incorrect sudo"}}, "not as root"),
        ({"moztrap_contact": {"status": "placeholder", "address": "a.example.com"}}, "placeholder"),
    ],
)
def test_unfit_hosts_are_named(facts: dict[str, Any], words: str) -> None:
    found = list(find_hosts(make_inventory(facts=facts)))
    assert len(found) == 1
    assert words in found[0].what
    assert found[0].host == "one"


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"python": {"version": {"major": 3, "minor": 13}}}, "Python 3.13 instead of 3.11"),
        ({"architecture": "aarch64"}, "architecture aarch64 instead of x86_64"),
        ({"distribution_major_version": "13"}, "distribution Debian 13 instead of Debian 12"),
    ],
)
def test_web_hosts_must_run_what_the_build_host_builds(facts: dict[str, Any], words: str) -> None:
    builder = make_host("builder", SOUND, FIT)
    web = make_host("web", SOUND, FIT | facts)
    inventory = Inventory(
        {"build": ["builder"], "web": ["web"]}, {"builder": builder, "web": web}, "x"
    )
    found = [problem for problem in find_hosts(inventory) if "could not run" in problem.what]
    assert len(found) == 1
    assert words in found[0].what


@pytest.fixture(scope="module")
def specification() -> specs.Specification:
    return specs.read(PROJECT)


def test_every_role_says_on_which_hosts_it_runs(specification: specs.Specification) -> None:
    assert set(specification.roles) <= set(specs.ROLE_GROUPS)


def test_misspelt_variables_are_named_with_a_suggestion(
    specification: specs.Specification,
) -> None:
    inventory = make_inventory({"moztrap_server_nmae": "x", "unrelated_thing": 1})
    found = list(specs.unknown_variables(inventory, specification))
    assert [problem.subject for problem in found] == ["moztrap_server_nmae"]
    assert "moztrap_server_name" in found[0].fix


def test_wrong_types_and_choices_are_named(specification: specs.Specification) -> None:
    inventory = make_inventory(
        {"moztrap_web_processes": "many", "moztrap_registration": "everybody"}
    )
    found = {
        problem.subject: problem
        for problem in specs.missing_and_mistyped(inventory, specification)
        if problem.what.partition(" ")[0] != "is"
    }
    assert "many" in found["moztrap_web_processes"].what
    assert "open, domains, closed" in found["moztrap_registration"].fix


def test_a_secret_of_the_wrong_type_is_not_told(specification: specs.Specification) -> None:
    name = "moztrap_secret_key_fallbacks"
    inventory = make_inventory({name: {"correct": "horse"}})
    found = [p for p in specs.missing_and_mistyped(inventory, specification) if p.subject == name]
    assert [problem.what for problem in found] == ["has the wrong type; it must be list"]
    assert "horse" not in tell(found)


@pytest.mark.parametrize(
    ("source", "fix"),
    [
        ("vault_moztrap_secret_key", "or set vault_moztrap_secret_key in group_vars/all/vault.yml"),
        ("my_key", "Set my_key in the inventory's group_vars/all."),
    ],
)
def test_what_a_variable_leads_to_is_named_where_it_is_missing(
    specification: specs.Specification, source: str, fix: str
) -> None:
    [host] = make_inventory().hosts.values()

    def get(name: str) -> Value:
        if name == "moztrap_secret_key":
            return Value(error=f"'{source}' is undefined", where="main.yml:3", source=source)
        return host.get(name)

    inventory = make_inventory()
    blind = dataclasses.replace(inventory, hosts={"one": dataclasses.replace(host, get=get)})
    found = [
        problem
        for problem in specs.missing_and_mistyped(blind, specification)
        if problem.subject == source
    ]
    assert len(found) == 1
    assert "is undefined" in found[0].what
    assert fix in found[0].fix
    assert found[0].where == "main.yml:3"


def test_missing_variables_are_named(specification: specs.Specification) -> None:
    inventory = make_inventory()
    found = [p.subject for p in specs.missing_and_mistyped(inventory, specification)]
    assert "moztrap_admin_username" in found


def test_the_same_problem_of_several_hosts_is_told_once() -> None:
    problems = [Problem("x", "is wrong", "Mend it.", "file:1", host) for host in ("one", "two")]
    text = tell(problems)
    assert text.startswith("1 problem.")
    assert "one, two" in text
