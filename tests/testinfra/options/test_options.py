"""A live site is switched from one set of options to the next, and nobody notices."""

from pathlib import Path

from tests.testinfra.options.conftest import Switch, run_tests

GROUPS = ("web",)
UNITS = (
    "apache2.service",
    "nginx.service",
    "moztrap-application@main.service",
    "moztrap-gunicorn@*.service",
)
FEWEST_REQUESTS = 500


def test_a_dry_run_tells_of_the_switch_and_does_nothing(switch: Switch) -> None:
    assert switch.dry.status == 0, switch.dry.explain()
    assert switch.dry.changed > 0, "the dry run saw nothing to change"


def test_the_switch_succeeds(switch: Switch) -> None:
    assert switch.run.status == 0, switch.run.explain()
    assert switch.run.changed > 0, "nothing was switched"


def test_no_request_failed_meanwhile(switch: Switch) -> None:
    report = switch.report
    assert report.requests >= FEWEST_REQUESTS, f"only {report.requests} requests"
    assert report.failures == [], f"{report.failed} of {report.requests} requests failed"


def test_who_was_logged_in_still_is(switch: Switch) -> None:
    page = switch.page_of_before
    assert page.status == 200, page.describe()
    assert 'type="password"' not in page.text, "the session was lost"


def test_no_row_and_no_upload_is_lost(switch: Switch) -> None:
    before, after = switch.data_before, switch.data_after
    assert len(before.tables) > 20
    differing = {
        name: (before.tables.get(name), after.tables.get(name))
        for name in before.tables.keys() | after.tables.keys()
        if before.tables.get(name) != after.tables.get(name)
    }
    assert not differing, f"rows and checksum, before and after: {differing}"
    assert after.upload == before.upload


def test_a_second_run_changes_nothing(switch: Switch) -> None:
    assert switch.again.status == 0, switch.again.explain()
    assert switch.again.changed == 0, f"changed once more: {switch.again.changed_tasks}"


def test_the_shared_tests_pass(switch: Switch, inventory: Path) -> None:
    status, output = run_tests(inventory, "tests/testinfra", "--ignore=tests/testinfra/negative")
    assert status == 0, output


def test_what_changes_the_host_passes_too(switch: Switch, inventory: Path) -> None:
    status, output = run_tests(
        inventory, *(f"tests/testinfra/{path}" for path in switch.options.also)
    )
    assert status == 0, output
