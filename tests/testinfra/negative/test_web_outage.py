"""The application's server stopped or killed: the web server says so, and waits where it can."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from testinfra.host import Host

from tests.helpers.website import Site
from tests.testinfra.conftest import Value

GROUPS = ("web",)
ONE_HOST = True
UNITS = (
    "apache2.service",
    "nginx.service",
    "moztrap-application@main.service",
    "moztrap-gunicorn@*.service",
)
PATIENCE_SECONDS = 60


@pytest.fixture
def closed(host: Host, site: Site, value: Value) -> Iterator[None]:
    """The application stopped, and started again afterwards."""
    server = value("moztrap_application_server")
    assert host.run("systemctl stop " + " ".join(server["units"])).rc == 0
    yield
    assert host.run("systemctl start " + " ".join(server["starts"])).rc == 0
    await_ready(site)


def await_ready(site: Site) -> None:
    """Ask until the site is there again."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (answer := site.get("/readyz")).status != 200:
        assert time.monotonic() < deadline, answer.describe()
        time.sleep(0.5)


@pytest.mark.usefixtures("closed")
def test_visitors_are_asked_to_come_again(site: Site, value: Value) -> None:
    for path in ("/", "/accounts/login/", "/readyz"):
        answer = site.get(path)
        assert answer.status == 503, answer.describe()
        assert answer.header_values("Retry-After") == ["30"], answer.describe()
        assert "Back in a moment" in answer.text, answer.describe()
        assert value("moztrap_web_site_title") in answer.text, answer.describe()
        assert answer.header_values("X-Content-Type-Options") == ["nosniff"], answer.describe()
        assert len(answer.header_values("Content-Security-Policy")) == 1, answer.describe()


@pytest.mark.usefixtures("closed")
def test_static_files_do_not_need_the_application(host: Host, site: Site, value: Value) -> None:
    home, root = value("[moztrap_home, moztrap_static_url]")
    sheet = host.run("cd %s/assets && find CACHE -name '*.css' | head -1", home).stdout.strip()
    assert site.get(root + sheet).status == 200


def test_a_killed_server_starts_again(host: Host, site: Site, value: Value) -> None:
    """Requests that come meanwhile are asked to wait or to come again, and none hangs."""
    pattern = {"mod_wsgi": "moztrap-application@*", "gunicorn": "moztrap-gunicorn@*.service"}
    assert (
        host.run("systemctl kill --signal=SIGKILL %s", pattern[value("moztrap_wsgi_server")]).rc
        == 0
    )
    with ThreadPoolExecutor(max_workers=4) as pool:
        answers = list(pool.map(lambda _: site.get("/healthz"), range(12)))
    for answer in answers:
        assert answer.status in {200, 500, 502, 503}, answer.describe()
    await_ready(site)


def test_no_link_leads_out_of_the_assets(host: Host, site: Site, value: Value) -> None:
    home, root = value("[moztrap_home, moztrap_static_url]")
    try:
        assert host.run("ln -s /etc/hostname %s/assets/way-out.txt", home).rc == 0
        answer = site.get(root + "way-out.txt")
        assert answer.status in {403, 404}, answer.describe()
    finally:
        host.run("rm %s/assets/way-out.txt", home)
