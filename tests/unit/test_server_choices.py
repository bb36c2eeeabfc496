"""Preflight on choices of servers: what fits together, and what a choice needs."""

from __future__ import annotations

import dataclasses

import pytest

from tests.helpers.preflight_inventory import make_inventory
from tests.helpers.role_templates import ROOT
from tests.unit.test_preflight import FINDERS

from ansible.module_utils.moztrap.preflight import site  # isort: skip


@pytest.mark.parametrize("cache", ["memcached", "file", "database"])
def test_no_password_of_redis_is_needed_without_redis(cache: str) -> None:
    changes = {"moztrap_cache_backend": cache, "redis_password": ""}
    inventory = make_inventory(changes)
    assert [problem for find in FINDERS for problem in find(inventory)] == []


@pytest.mark.parametrize("cache", ["memcached", "redis", "file", "database"])
def test_a_cache_host_is_needed_by_servers_alone(cache: str) -> None:
    inventory = make_inventory({"moztrap_cache_backend": cache})
    groups = {name: [] if name == "cache" else hosts for name, hosts in inventory.groups.items()}
    found = list(site.group_problems(dataclasses.replace(inventory, groups=groups)))
    subjects = [problem.subject for problem in found]
    assert subjects == (["group cache"] if cache in {"memcached", "redis"} else [])


@pytest.mark.parametrize(
    ("web", "wsgi"), [("apache", "mod_wsgi"), ("apache", "gunicorn"), ("nginx", "gunicorn")]
)
def test_servers_that_fit_each_other_are_no_problem(web: str, wsgi: str) -> None:
    changes = {"moztrap_web_server": web, "moztrap_wsgi_server": wsgi}
    assert list(site.choice_problems(make_inventory(changes))) == []


def test_a_setting_of_the_other_web_server_is_named_with_the_one_for_both() -> None:
    """Whoever switches would lose it without a word."""
    changes = {
        "moztrap_web_server": "nginx",
        "moztrap_wsgi_server": "gunicorn",
        "apache_request_megabytes": 64,
        "apache_max_workers": 300,
    }
    found = list(site.choice_problems(make_inventory(changes)))
    assert [problem.subject for problem in found] == ["apache_request_megabytes"]
    assert "moztrap_web_request_megabytes" in found[0].fix


def test_every_setting_for_both_web_servers_is_one() -> None:
    folder = ROOT / "inventories" / "shared" / "derived"
    derived = "".join(path.read_text() for path in folder.glob("*.yml"))
    for rest in site.OF_EVERY_WEB_SERVER:
        for name in (f"moztrap_web_{rest}", f"apache_{rest}", f"nginx_{rest}"):
            assert f"\n{name}:" in derived, name
