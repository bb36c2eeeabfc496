"""Debian 12 becomes Debian 13 below a site that people use, and a backup brings it back to 12."""

from collections.abc import Callable
from pathlib import Path

from testinfra.host import Host

from tests.helpers.commands import done
from tests.testinfra.debian_upgrade.conftest import UPLOAD, Returned, Upgraded
from tests.testinfra.negative.conftest import Converge
from tests.testinfra.options.conftest import run_tests

GROUPS = ("web",)
ONE_HOST = True
UNITS = ("apache2.service", "moztrap-application@main.service", "mariadb.service")
DebianOf = Callable[[Host], str]


def test_one_run_makes_the_site_serve_on_the_new_debian(
    upgraded: Upgraded, host: Host, debian_of: DebianOf
) -> None:
    assert upgraded.run.status == 0, upgraded.run.explain()
    assert debian_of(host) == "13"


def test_no_row_and_no_upload_is_lost(upgraded: Upgraded, host: Host) -> None:
    assert upgraded.after == upgraded.before
    assert done(host, f"cat {UPLOAD}") == "kept\n"


def test_who_was_logged_in_still_is(upgraded: Upgraded) -> None:
    assert upgraded.page.status == 200, upgraded.page.describe()
    assert 'type="password"' not in upgraded.page.text, "the login is lost"


def test_a_second_run_changes_nothing(upgraded: Upgraded, converge: Converge) -> None:
    for arguments in (("--check",), ()):
        run = converge(*arguments)
        assert run.status == 0, run.explain()
        assert run.changed == 0, run.changed_tasks


def test_the_shared_tests_pass(upgraded: Upgraded, inventory: Path) -> None:
    status, output = run_tests(inventory, "tests/testinfra", "--ignore=tests/testinfra/negative")
    assert status == 0, output


def test_a_release_of_before_is_refused_by_name(upgraded: Upgraded, converge: Converge) -> None:
    run = converge(playbook="playbooks/rollback.yml")
    assert run.status != 0
    assert run.changed == 0, run.changed_tasks
    told = " ".join(run.output.split())
    assert "was built for Debian 12 with Python 3.11" in told, run.explain()
    assert "the hosts have Debian 13" in told


def test_a_backup_of_it_brings_a_host_with_debian_12_everything(
    returned: Returned, debian_of: DebianOf
) -> None:
    for run in returned.runs:
        assert run.status == 0, run.explain()
    assert debian_of(returned.host) == "12"
    assert returned.after == returned.before
    assert done(returned.host, f"cat {UPLOAD}") == "kept\n"
