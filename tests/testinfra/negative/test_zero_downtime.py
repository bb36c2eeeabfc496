"""Releases, reloads and log rotation under load: nobody notices.

Two releases in a row, new code and then new settings (among them memcached's other client),
and one back, while clients with kept and with fresh TLS connections ask all the time.
"""

import dataclasses
import ipaddress
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
from tests.helpers.load import LOGIN, Load, Report, SlowUpload, Target, Uploads, load_of
from tests.helpers.operator_certificates import FIRST, NEXT, Operator, make_operator
from tests.helpers.playbook import REPOSITORY, Run
from tests.helpers.website import Response, Site
from tests.testinfra.conftest import Value
from tests.testinfra.negative.conftest import Converge

GROUPS = ("web",)
ONE_HOST = True
UNITS = (
    "apache2.service",
    "nginx.service",
    "moztrap-application@main.service",
    "moztrap-gunicorn@*.service",
)
RELEASE = "playbooks/release.yml"
NEW_SETTINGS = ("moztrap_registration=closed", "moztrap_memcached_client=pymemcache")
FEWEST_REQUESTS = 1_000
# Commands, and how many seconds each request takes that is in flight when they run.
Reload = tuple[str, tuple[float, ...]]
WEB_SERVERS: dict[str, tuple[Reload, ...]] = {
    "apache": (
        ("systemctl reload apache2", (1.5, 8)),
        # What Debian's log rotation runs.
        ("invoke-rc.d apache2 reload", (1.5,)),
    ),
    "nginx": (
        ("systemctl reload nginx", (1.5, 8)),
        # Debian's log rotation, and ours.
        ("invoke-rc.d nginx rotate", (1.5,)),
        ("logrotate --force /etc/logrotate.d/moztrap-nginx", (1.5,)),
    ),
}
# As if it had read another configuration.
APPLICATION_SERVERS: dict[str, Reload] = {
    "mod_wsgi": (
        "rm /run/moztrap-application-main/loaded && moztrap-renew-application",
        (1.5, 6),
    ),
    "gunicorn": ("moztrap-renew-gunicorn --anew", (1.5, 6)),
}


def reloads_of(web: str, wsgi: str) -> list[Reload]:
    """All of it, and the web server's first ones once more, quickly."""
    again = (WEB_SERVERS[web][0][0], ())
    return [*WEB_SERVERS[web], APPLICATION_SERVERS[wsgi], again, again]


@dataclass
class Story:
    """What happened while the load was on."""

    before: Response
    stylesheets: list[str] = field(default_factory=list)
    stages: list[tuple[str, Run, str]] = field(default_factory=list)
    report: Report = field(default_factory=Report)
    uploads: list[SlowUpload] = field(default_factory=list)


def live(host: Host) -> str:
    """Return the live deployment as it was recorded."""
    return str(json.loads(host.file("/srv/moztrap/state.json").content_string)["current"])


def gentle_load_of(site: Site) -> Load:
    """Leave the playbooks and the host a share of the machine, too."""
    return load_of(site, fresh=1, pause=0.1, timeout=15)


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
    load = gentle_load_of(site)
    uploads = Uploads(Target(site.address, site.server_name, site.ca_file, timeout=30), LOGIN, 4)
    load.start()
    uploads.start()
    try:
        for name, arguments in (
            ("new code", ["-e", f"artefact_source={changed_source}"]),
            ("new settings", [word for each in NEW_SETTINGS for word in ("-e", each)]),
            ("back", []),
        ):
            run = converge(*arguments, playbook=RELEASE)
            told.stages.append((name, run, live(host)))
    finally:
        told.uploads = uploads.stop()
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


def test_new_settings_choose_the_other_client(host: Host, story: Story, value: Value) -> None:
    """Where there is a memcached: the load has seen this deployment, too."""
    _, _, deployment = story.stages[1]
    settings = host.file(f"/srv/moztrap/releases/{deployment}/moztrap/settings/local.py")
    chosen_client = "SignedPymemcacheCache" in settings.content_string
    assert chosen_client is (value("moztrap_cache_backend") == "memcached")


def test_no_request_failed(story: Story) -> None:
    report = story.report
    assert report.requests >= FEWEST_REQUESTS, f"only {report.requests} requests"
    assert report.failures == [], f"{report.failed} of {report.requests} requests failed"
    seen = {deployment for _, _, deployment in story.stages}
    assert seen <= set(report.deployments), "the load did not see every deployment"


def test_requests_in_flight_outlive_a_release(story: Story) -> None:
    """They have no token against forgery: the application refuses them, and that is an answer."""
    assert len(story.uploads) > len(story.stages)
    cut_off = [upload.outcome for upload in story.uploads if " 403 " not in upload.outcome]
    assert cut_off == [], f"{len(cut_off)} of {len(story.uploads)} uploads got no answer"


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
    serials: list[int] = field(default_factory=list)
    """Of the certificate that visitors saw at first, and after each exchange."""
    uploads: list[SlowUpload] = field(default_factory=list)
    report: Report = field(default_factory=Report)


@pytest.fixture(scope="module")
def operator(value: Value, tmp_path_factory: pytest.TempPathFactory) -> Operator:
    """Whose certificates are for the names that the site needs."""
    return make_operator(tmp_path_factory.mktemp("operator"), value("tls_certificate_names"))


def chosen(which: str, operator: Operator) -> list[str]:
    """What a run is told of one of the operator's certificates."""
    choices = operator.choices(which).items()
    return [word for name, text in choices for word in ("-e", f"{name}={text}")]


@pytest.fixture(scope="module")
def reloads(
    host: Host, site: Site, value: Value, converge: Converge, operator: Operator
) -> Reloads:
    """Reload the web server five times, replace the one behind it, and its certificate.

    The certificate is renewed by the private authority, exchanged for the operator's own,
    renewed by the operator, and given up for the private authority's.
    """
    told = Reloads()
    servers = value("[moztrap_web_server, moztrap_wsgi_server]")
    private = Path(value("tls_controller_directory")) / certificates.AUTHORITY
    trusted = operator.trusted_with(private.read_text())
    target = Target(site.address, site.server_name, site.ca_file, timeout=30)
    visited = dataclasses.replace(site, ca_file=str(trusted))
    load = gentle_load_of(visited)
    load.start()
    try:
        for number, (command, in_flight) in enumerate(reloads_of(*servers)):
            begun = [SlowUpload(target, LOGIN, seconds) for seconds in in_flight]
            for upload in begun:
                upload.start()
            told.uploads += begun
            time.sleep(0.5)
            told.done[f"{number}: {command}"] = host.run(command)
        told.serials.append(visited.serial_number())
        assert host.run("rm /etc/moztrap/tls/host.pem").rc == 0
        for name, arguments in (
            ("renewed by the authority", []),
            ("the operator's", chosen(FIRST, operator)),
            ("the operator's next", chosen(NEXT, operator)),
            ("the authority's again", []),
        ):
            told.certificates[name] = converge(
                "--tags", "tls,web", *arguments, playbook="playbooks/provision.yml"
            )
            told.serials.append(visited.serial_number())
        for upload in told.uploads:
            upload.join()
    finally:
        told.report = load.stop()
    return told


def test_reloads_succeed(reloads: Reloads) -> None:
    for name, command in reloads.done.items():
        assert command.rc == 0, f"{name}: {command.stderr}"


def test_certificates_are_replaced(reloads: Reloads, operator: Operator) -> None:
    assert len(reloads.certificates) == 4
    for name, run in reloads.certificates.items():
        assert run.status == 0, f"{name}: {run.explain()}"
        assert run.changed >= 2, f"{name}: nothing was replaced"
    assert reloads.serials[2:4] == [operator.serials[which] for which in (FIRST, NEXT)]
    assert len(set(reloads.serials)) == 5


def test_reloads_drop_no_request(reloads: Reloads) -> None:
    report = reloads.report
    assert report.requests >= FEWEST_REQUESTS, f"only {report.requests} requests"
    assert report.failures == [], f"{report.failed} of {report.requests} requests failed"


def test_requests_in_flight_outlive_a_reload(reloads: Reloads) -> None:
    """They have no token against forgery: the application refuses them, and that is an answer."""
    for upload in reloads.uploads:
        assert " 403 " in upload.outcome, f"{upload.seconds} s in flight: {upload.outcome}"


def test_nothing_stands_in_any_more(host: Host, reloads: Reloads, value: Value) -> None:
    """The server behind the web server was replaced; its stand-in is gone."""
    assert reloads.done
    pattern = {
        "mod_wsgi": "moztrap-application@*.service",
        "gunicorn": "moztrap-gunicorn@*.service",
    }
    running = host.run(
        "systemctl list-units --plain --no-legend --state=active %s",
        pattern[value("moztrap_wsgi_server")],
    ).stdout
    assert len(running.splitlines()) == 1, running
    assert not host.file("/run/moztrap-upstream.conf").exists


def test_load_is_in_the_access_log(host: Host, value: Value, reloads: Reloads) -> None:
    """After rotation the server still writes, and names the client."""
    assert reloads.done
    folder = value("moztrap_web_log_directory")
    logged = host.run("tail -n 3 %s/access.log", folder).stdout
    assert "GET /" in logged, logged
    client = ipaddress.ip_address(logged.splitlines()[-1].partition(" ")[0])
    assert client.version == 4, logged
