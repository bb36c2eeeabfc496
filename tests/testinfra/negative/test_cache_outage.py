"""The cache dies: the site stays up, says so, and finds it again by itself."""

import json
import time
from collections.abc import Callable, Iterator

import pytest
from testinfra.host import Host

from tests.helpers import cache_host
from tests.helpers.visitor import Visitor
from tests.helpers.website import Site
from tests.testinfra.conftest import Value

GROUPS = ("web",)
ONE_HOST = True
UNITS = ("moztrap-application@main.service", "memcached.service", "redis-server.service")


@pytest.fixture
def without_cache(value: Value, first_of: Callable[[str], Host]) -> Iterator[None]:
    """Take the cache away for the length of a test."""
    cache = cache_host.of(value(cache_host.FACTS))
    where = first_of(cache.group)
    broken = where.run(cache.breaks)
    assert broken.rc == 0, broken.stderr
    yield
    healed = where.run(cache.heals)
    assert healed.rc == 0, healed.stderr


def test_site_stays_up_without_its_cache(
    site: Site, administrator: Visitor, without_cache: None
) -> None:
    started = time.monotonic()
    page = administrator.get("/")
    assert page.status == 200, page.describe()
    assert 'type="password"' not in page.text, "the session went with the cache"
    assert time.monotonic() - started < 5, "pages wait for a cache that is not there"
    ready = site.get("/readyz")
    assert ready.status == 200, ready.describe()
    assert json.loads(ready.text)["status"] == "degraded", ready.describe()


def test_login_works_without_the_cache(site: Site, value: Value, without_cache: None) -> None:
    page = Visitor(site).log_in(value("moztrap_admin_username"), value("moztrap_admin_password"))
    assert page.status == 200, page.describe()
    assert 'type="password"' not in page.text, page.describe()


def test_throttling_survives_a_dead_cache(site: Site, without_cache: None) -> None:
    limited = False
    for _ in range(8):
        page = Visitor(site).log_in("somebody-else", "a wrong guess")
        limited = limited or page.status == 429 or "too many" in page.text.lower()
    assert limited


def test_cache_comes_back_by_itself(site: Site) -> None:
    deadline = time.monotonic() + 30
    while json.loads(site.get("/readyz").text)["status"] != "ok":
        assert time.monotonic() < deadline, site.get("/readyz").describe()
        time.sleep(1)
