"""Forward and back over several hosts, while people use the site.

A changed stylesheet and a changed template are released and gone back from, under clients
with kept and with fresh connections through the balancer.
"""

from dataclasses import dataclass, field

import pytest
from testinfra.host import Host

from tests.helpers.load import LOGIN, Report
from tests.helpers.playbook import Run
from tests.helpers.website import Site
from tests.testinfra.negative.conftest import Converge
from tests.testinfra.rolling.conftest import (
    RELEASE,
    ROLLBACK,
    STATUS,
    MakeSource,
    deployment_of,
    make_load,
    whole,
)

GROUPS = ("balancer",)
UNITS = ("haproxy.service",)
FEWEST_REQUESTS = 1_000
MARK = "a-later-release"


@dataclass
class Story:
    """What happened while the load was on: each run, and the login page after it."""

    before: str = ""
    runs: dict[str, Run] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    deployments: dict[str, str] = field(default_factory=dict)
    report: Report = field(default_factory=Report)


@pytest.fixture(scope="module")
def story(site: Site, converge: Converge, make_source: MakeSource) -> Story:
    """Release, and go back."""
    told = Story()
    told.before = deployment_of(site)
    changed = make_source()
    changed.restyle(MARK)
    load = make_load(site)
    load.start()
    try:
        for name, playbook, arguments in (
            ("release", RELEASE, changed.arguments),
            ("rollback", ROLLBACK, []),
        ):
            told.runs[name] = converge(*arguments, playbook=playbook)
            told.pages[name] = site.get(LOGIN).text
            told.deployments[name] = deployment_of(site)
            told.runs[f"status after {name}"] = converge(playbook=STATUS)
    finally:
        told.report = load.stop()
    return told


def test_every_run_succeeds(story: Story) -> None:
    assert len(story.runs) == 4
    for name, run in story.runs.items():
        assert run.status == 0, f"{name}: {run.explain()}"


def test_no_request_fails(story: Story) -> None:
    report = story.report
    assert report.requests >= FEWEST_REQUESTS, f"only {report.requests} requests"
    assert report.failures == [], f"{report.failed} of {report.requests} requests failed"
    assert set(story.deployments.values()) <= set(report.deployments), "one was never seen"


def test_people_see_the_new_page_and_then_the_old_one(story: Story) -> None:
    assert [MARK in story.pages[name] for name in ("release", "rollback")] == [True, False]
    assert story.deployments["rollback"] == story.before


@pytest.mark.parametrize("name", ["release", "rollback"])
def test_every_web_host_is_taken_out_before_it_is_changed(
    story: Story, members: dict[str, list[str]], name: str
) -> None:
    drained = story.runs[name].output.partition("Send no new request to the host")[2]
    for host in members["web"]:
        assert f"changed: [{host} -> {members['balancer'][0]}" in drained, f"{host} was not drained"


@pytest.mark.parametrize("after", ["release", "rollback"])
def test_every_server_is_proven_and_in_service_afterwards(
    story: Story, members: dict[str, list[str]], after: str
) -> None:
    whole(story.runs[f"status after {after}"], members, story.deployments[after])


def test_the_assets_of_both_releases_are_served(story: Story, site: Site, host: Host) -> None:
    for name in ("release", "rollback"):
        sheets = story.pages[name].split('href="/static/')[1:]
        assert sheets, f"the login page after {name} names no stylesheet"
        for sheet in sheets:
            path = "/static/" + sheet.partition('"')[0]
            assert site.get(path).status == 200, path
