"""Each kind of problem that preflight knows is found, and a sound inventory has none."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from tests.helpers import plugins  # noqa: F401  # makes our shared code importable
from tests.helpers.preflight_inventory import FIT, SOUND, make_host, make_inventory

from ansible.module_utils.moztrap.preflight import cache, hosts, site, topology  # isort: skip
from ansible.module_utils.moztrap.preflight.inventory import Inventory  # isort: skip
from ansible.module_utils.moztrap.preflight.problems import Problem, tell  # isort: skip

LIMITS = hosts.Limits({"Debian": ["12", "13"]}, {"Debian": ["sid"]}, 900, 2000, 30)
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
    text = tell(
        list(site.secret_problems(make_inventory({"mysql_owner_password": secret}))), own="x"
    )
    assert "mysql_owner_password" in text
    assert secret not in text


def test_an_account_in_the_url_of_the_site_is_not_told() -> None:
    url = {"moztrap_site_url": "https://me:horse@tests.your.org"}
    [problem] = site.name_problems(make_inventory(url))
    assert "horse" not in tell([problem], own="x")
    assert "tests.your.org" in problem.what


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


def test_a_default_of_all_inventories_is_not_what_somebody_shall_change() -> None:
    place = "inventories/shared/derived/choices.yml:3"
    own = "inventories/production/group_vars/all/main.yml"
    problem = Problem("moztrap_oidc_issuer", "is empty", "Set it.", place)
    lines = tell([problem], own=own).splitlines()
    assert f"     set in   {place}" in lines
    assert f"     yours    goes into {own}" in lines
    elsewhere = dataclasses.replace(problem, where=f"{own}:3")
    assert "yours" not in tell([elsewhere], own=own)


def test_the_same_problem_of_several_hosts_is_told_once() -> None:
    problems = [Problem("x", "is wrong", "Mend it.", "file:1", host) for host in ("one", "two")]
    text = tell(problems, own="x")
    assert text.startswith("1 problem.")
    assert "one, two" in text
