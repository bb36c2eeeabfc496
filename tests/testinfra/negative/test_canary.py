"""Planted secrets show up nowhere: not in output, process lists, journals or open files."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from testinfra.host import Host

from tests.helpers.playbook import Run
from tests.helpers.watch import here_and_there
from tests.helpers.website import Site
from tests.testinfra.negative.conftest import Converge

GROUPS = ("web",)
ONE_HOST = True
UNITS = ("moztrap-application@main.service", "moztrap-gunicorn@*.service")
PLACES = "/etc /srv/moztrap /var/lib/moztrap-build /var/log /var/tmp /tmp /run /root"


@pytest.fixture(scope="module")
def marker() -> str:
    """What every planted secret contains, and nothing else in the world does."""
    return f"Canary{secrets.token_hex(12)}"


@pytest.fixture(scope="module")
def planted(
    host: Host,
    converge: Converge,
    testbed: Path,
    marker: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Run, list[dict[str, object]]]]:
    """Converge with a planted value in every secret, watched; and back at the end."""
    names = ("secret_key", "admin_password")
    values: dict[str, object] = {f"vault_moztrap_{name}": plant(marker) for name in names}
    values |= {
        f"vault_mysql_{who}_password": plant(marker) for who in ("owner", "runtime", "backup")
    }
    values["vault_moztrap_secret_key_fallbacks"] = [plant(marker)]
    file = tmp_path_factory.mktemp("canary") / "secrets.yml"
    file.touch(0o600)
    file.write_text(yaml.safe_dump(values))

    watches = here_and_there(testbed, host.backend.get_hostname(), marker)
    try:
        run = converge("-vvv", "--diff", "-e", f"@{file}")
    finally:
        reports = [watch.end() for watch in watches]
        file.unlink()
    yield run, reports
    back = converge()
    assert back.status == 0, back.explain()


def plant(marker: str) -> str:
    """Make one secret."""
    return f"{marker}{secrets.token_urlsafe(48)}"


def test_converge_with_planted_secrets_succeeds(
    planted: tuple[Run, list[dict[str, object]]], marker: str
) -> None:
    run, _ = planted
    assert run.status == 0, run.explain().replace(marker, "<the planted secret>")
    assert run.changed > 0, "the planted secrets went nowhere"


def test_output_with_every_detail_shows_no_secret(
    planted: tuple[Run, list[dict[str, object]]], marker: str
) -> None:
    task, shown = "before the first task", []
    for line in planted[0].output.splitlines():
        if line.startswith(("TASK [", "RUNNING HANDLER [")):
            task = line.strip("* ")
        if marker in line and task not in shown:
            shown.append(task)
    assert shown == [], "add no_log: true and diff: false to these"


def test_no_process_list_shows_a_secret(
    planted: tuple[Run, list[dict[str, object]]],
) -> None:
    for where, report in zip(("controller", "host"), planted[1], strict=True):
        looks = report["looks"]
        assert isinstance(looks, int)
        assert looks > 100, f"{where}: looked {looks} times only"
        assert report["seen"] == [], where


def test_secrets_arrived(
    planted: tuple[Run, list[dict[str, object]]], host: Host, site: Site, marker: str
) -> None:
    """Otherwise their absence elsewhere would prove nothing."""
    live = host.file("/srv/moztrap/current/moztrap/settings/local.py").content_string
    assert live.count(marker) >= 2, "SECRET_KEY and the database password are not the planted ones"
    assert site.get("/readyz").status == 200


def test_journal_knows_no_secret(
    planted: tuple[Run, list[dict[str, object]]], host: Host, marker: str
) -> None:
    # The marker is split so that this very command is no match.
    half = len(marker) // 2
    told = host.run(
        f"journalctl --no-pager | grep -c {marker[:half]}[{marker[half]}]{marker[half + 1 :]}"
    )
    assert told.stdout.strip() == "0", "some task logs its arguments: add no_log: true"


def test_files_with_secrets_are_closed_to_others(
    planted: tuple[Run, list[dict[str, object]]], host: Host, marker: str
) -> None:
    found = host.run(
        "grep --recursive --files-with-matches --fixed-strings --devices=skip"
        f" --exclude-dir=journal --file=/dev/stdin {PLACES} 2>/dev/null <<'END'\n{marker}\nEND"
    ).stdout.split()
    assert found, "no file has them: the search is broken"
    open_to_all = [path for path in found if host.file(path).mode & 0o004]
    assert open_to_all == []
