"""Releases, reloads and log rotation under load: nobody notices.

Two releases in a row, new code and then new settings, and one back, while clients with
kept and with fresh TLS connections ask all the time.
"""

import json
import re
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from testinfra.backend.base import CommandResult
from testinfra.host import Host

from tests.helpers import certificates
from tests.helpers.load import Load, Page, Report, SlowUpload, Target
from tests.helpers.playbook import REPOSITORY, Run
from tests.helpers.website import Response, Site
from tests.testinfra.conftest import Value
from tests.testinfra.negative.conftest import Converge

GROUPS = ("web",)
ONE_HOST = True
UNITS = ("apache2.service", "moztrap-application@main.service")
RELEASE = "playbooks/release.yml"
LOGIN = "/accounts/login/"
FEWEST_REQUESTS = 1_000
# Commands, and how many seconds each request takes that is in flight when they run.
RELOADS: tuple[tuple[str, tuple[float, ...]], ...] = (
    ("systemctl reload apache2", (1.5, 8)),
    # What Debian's log rotation runs.
    ("invoke-rc.d apache2 reload", (1.5,)),
    # As if it had read another configuration.
    ("rm /run/moztrap-application-main/loaded && moztrap-renew-application", (1.5, 6)),
    ("systemctl reload apache2", ()),
    ("systemctl reload apache2", ()),
)


@dataclass
class Story:
    """What happened while the load was on."""

    before: Response
    stylesheets: list[str] = field(default_factory=list)
    stages: list[tuple[str, Run, str]] = field(default_factory=list)
    report: Report = field(default_factory=Report)


def live(host: Host) -> str:
    """Return the live deployment as it was recorded."""
    return str(json.loads(host.file("/srv/moztrap/state.json").content_string)["current"])


def load_of(site: Site, pause: float = 0.0) -> Load:
    """Make clients for the pages that need no account."""
    pages = [Page("/healthz", b"deployment"), Page(LOGIN, b"csrfmiddlewaretoken")]
    return Load(
        Target(site.address, site.server_name, site.ca_file), pages, kept=4, fresh=1, pause=pause
    )


@pytest.fixture(scope="module")
def changed_source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The application with one stylesheet changed: another release."""
    copy = tmp_path_factory.mktemp("source") / "app"
    left_out = ("local.py", "db.sqlite3", "media", "collected-assets", "__pycache__", ".*_cache")
    shutil.copytree(REPOSITORY / "app", copy, ignore=shutil.ignore_patterns(*left_out))
    sheets = sorted(copy.glob("moztrap/core/static/**/base.css"))
    assert sheets, "no base.css to change"
    with sheets[0].open("a") as sheet:
        sheet.write("\n.a-later-release { order: 1 }\n")
    return copy


@pytest.fixture(scope="module")
def story(host: Host, site: Site, converge: Converge, changed_source: Path) -> Story:
    """Release twice and go back once, under load."""
    told = Story(site.get(LOGIN))
    told.stylesheets = re.findall(r'href="(/static/[^"]+\.css)"', told.before.text)
    load = load_of(site)
    load.start()
    try:
        for name, arguments in (
            ("new code", ["-e", f"artefact_source={changed_source}"]),
            ("new settings", ["-e", "moztrap_registration=closed"]),
            ("back", []),
        ):
            run = converge(*arguments, playbook=RELEASE)
            told.stages.append((name, run, live(host)))
    finally:
        told.report = load.stop()
    return told


def test_releases_succeed_and_are_different(story: Story) -> None:
    for name, run, _ in story.stages:
        assert run.status == 0, f"{name}: {run.explain()}"
    deployments = [deployment for _, _, deployment in story.stages]
    first = story.before.header("X-MozTrap-Deployment")
    assert deployments[0] != first
    assert deployments[1] not in {deployments[0], first}
    assert deployments[2] == first, "the way back did not lead back"


def test_no_request_failed(story: Story) -> None:
    report = story.report
    assert report.requests >= FEWEST_REQUESTS, f"only {report.requests} requests"
    assert report.failures == [], f"{report.failed} of {report.requests} requests failed"
    seen = {deployment for _, _, deployment in story.stages}
    assert seen <= set(report.deployments), "the load did not see every deployment"


def test_page_of_the_previous_release_keeps_its_stylesheet(story: Story, site: Site) -> None:
    assert story.stylesheets, "the login page names no stylesheet"
    for path in story.stylesheets:
        answer = site.get(path)
        assert answer.status == 200, answer.describe()


def test_new_code_has_another_stylesheet_beside_it(host: Host, story: Story, site: Site) -> None:
    """All releases' sheets are there at once."""
    sheets = host.run("ls /srv/moztrap/assets/CACHE/css").stdout.split()
    kept = [sheet for sheet in sheets if sheet.endswith(".css")]
    assert len(kept) >= 2, sheets
    for sheet in kept:
        assert site.get(f"/static/CACHE/css/{sheet}").status == 200


@dataclass
class Reloads:
    """What happened while the servers were given new configurations and certificates."""

    done: dict[str, CommandResult] = field(default_factory=dict)
    certificates: dict[str, Run] = field(default_factory=dict)
    uploads: list[SlowUpload] = field(default_factory=list)
    report: Report = field(default_factory=Report)


@pytest.fixture(scope="module")
def operators_files(value: Value, tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """Two certificates of the operator's own, one after the other, as arguments of a run."""
    authority = Path(value("tls_controller_directory"))
    names = value("tls_certificate_names")
    found = []
    for number in (1, 2):
        folder = tmp_path_factory.mktemp(f"operator{number}")
        certificates.issue(authority, names, folder)
        found.append(
            [
                *("-e", "tls_provider=provided"),
                *("-e", f"tls_provided_certificate={folder / certificates.CERTIFICATE}"),
                *("-e", f"tls_provided_key={folder / certificates.KEY}"),
                *("-e", f"tls_provided_ca={authority / certificates.AUTHORITY}"),
            ]
        )
    return found


@pytest.fixture(scope="module")
def reloads(
    host: Host, site: Site, converge: Converge, operators_files: list[list[str]]
) -> Reloads:
    """Reload the web server five times, replace the one behind it, and its certificate.

    The certificate is renewed by the private authority, exchanged for the operator's own,
    and renewed by the operator.
    """
    told = Reloads()
    target = Target(site.address, site.server_name, site.ca_file, timeout=30)
    # The playbook below needs a share of the machine, too.
    load = load_of(site, pause=0.05)
    load.start()
    try:
        for number, (command, in_flight) in enumerate(RELOADS):
            begun = [SlowUpload(target, LOGIN, seconds) for seconds in in_flight]
            for upload in begun:
                upload.start()
            told.uploads += begun
            time.sleep(0.5)
            told.done[f"{number}: {command}"] = host.run(command)
        assert host.run("rm /etc/moztrap/tls/host.pem").rc == 0
        for name, arguments in (
            ("renewed by the authority", []),
            ("the operator's", operators_files[0]),
            ("the operator's next", operators_files[1]),
        ):
            told.certificates[name] = converge(
                "--tags", "tls,apache", *arguments, playbook="playbooks/provision.yml"
            )
        for upload in told.uploads:
            upload.join()
    finally:
        told.report = load.stop()
    return told


def test_reloads_succeed(reloads: Reloads) -> None:
    for name, command in reloads.done.items():
        assert command.rc == 0, f"{name}: {command.stderr}"


def test_certificates_are_replaced(reloads: Reloads) -> None:
    assert len(reloads.certificates) == 3
    for name, run in reloads.certificates.items():
        assert run.status == 0, f"{name}: {run.explain()}"
        assert run.changed >= 2, f"{name}: nothing was replaced"


def test_reloads_drop_no_request(reloads: Reloads) -> None:
    report = reloads.report
    assert report.requests >= FEWEST_REQUESTS, f"only {report.requests} requests"
    assert report.failures == [], f"{report.failed} of {report.requests} requests failed"


def test_requests_in_flight_outlive_a_reload(reloads: Reloads) -> None:
    """They have no token against forgery: the application refuses them, and that is an answer."""
    for upload in reloads.uploads:
        assert " 403 " in upload.outcome, f"{upload.seconds} s in flight: {upload.outcome}"


def test_nothing_stands_in_any_more(host: Host, reloads: Reloads) -> None:
    """The server behind the web server was replaced; its stand-in is gone."""
    assert reloads.done
    assert host.service("moztrap-application@main").is_running
    assert not host.service("moztrap-application@standby").is_running
    assert not host.file("/run/moztrap-upstream.conf").exists


def test_load_is_in_the_access_log(host: Host, value: Value) -> None:
    """After rotation the server still writes, and names the client."""
    logged = host.run("tail -n 3 /var/log/apache2/moztrap/access.log").stdout
    assert "GET /" in logged, logged
