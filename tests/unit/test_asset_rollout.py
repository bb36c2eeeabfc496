"""Stages and the table of a rollout."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.helpers import plugins  # noqa: F401  # makes our shared code importable

from ansible.module_utils.moztrap import asset_report  # isort: skip
from ansible.module_utils.moztrap.stages import stages  # isort: skip
from ansible.executor.playbook_executor import PlaybookExecutor  # isort: skip

HOSTS = [f"s{number}" for number in range(1, 11)]


class FakeInventory:
    def get_hosts(self, pattern: object, order: object = None) -> list[str]:
        return list(HOSTS)


class FakePlay:
    hosts = "static"
    order = None

    def __init__(self, serial: list[str]) -> None:
        self.serial = serial


@pytest.mark.parametrize(
    "sizes",
    [["1", "25%", "100%"], ["3"], ["1%"], ["50%", "10%"], ["0"], ["100%"], ["2", "3"], ["200%"]],
)
def test_stages_are_what_serial_makes_of_them(sizes: list[str]) -> None:
    executor = object.__new__(PlaybookExecutor)
    executor._inventory = FakeInventory()
    assert stages(HOSTS, sizes) == executor._get_serialized_batches(FakePlay(sizes))


def test_a_size_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="assets_stages holds 'half'"):
        stages(HOSTS, ["half"])


ROWS = [
    {"release": "r1", "server": "s1", "stage": 1, "stages": 3, "files": 10, "sent": 4,
     "bytes": 2_500_000, "verified": 10, "seconds": 1.25, "state": "done",
     "rollout": [["s1"], ["s2", "s3"], ["s4"]]},
    {"release": "r1", "server": "s2", "stage": 2, "stages": 3, "files": 10, "sent": 4,
     "bytes": 2_500_000, "verified": 3, "seconds": 2, "state": "FAILED",
     "problem": "s2 does not serve release r1 as it must: a.css: status: expected 200, found 404"},
    {"server": "s3", "stage": 2, "state": "unreachable", "problem": "no route to host"},
]  # fmt: skip


def test_the_table_has_a_line_a_server_as_far_as_it_got() -> None:
    rows = [*ROWS, *asset_report.not_begun(ROWS)]
    assert asset_report.table("present", rows).splitlines() == [
        "Assets of release r1",
        "server  stage  files  sent  MB sent  verified  seconds",
        "s1        1/3     10     4      2.5        10      1.2",
        "s2        2/3     10     4      2.5         3      2.0  FAILED",
        "s3        2/?      -     -        -         -        -  unreachable",
        "s4        3/3      -     -        -         -        -  not begun",
        "s2: s2 does not serve release r1 as it must: a.css: status: expected 200, found 404",
        "s3: no route to host",
    ]


def test_the_same_is_kept_as_json(tmp_path: Path) -> None:
    first = asset_report.write(tmp_path / "reports", "present", ROWS, 1_800_000_000)
    second = asset_report.write(tmp_path / "reports", "present", ROWS, 1_800_000_000)
    assert first.name == "assets-r1-20270115T080000Z.json"
    assert second != first
    kept = json.loads(first.read_text())
    assert [row["server"] for row in kept["servers"]] == ["s1", "s2", "s3"]
    assert kept["servers"][1]["problem"].startswith("s2 does not serve")


def test_what_drifted_is_listed_below_the_table() -> None:
    drift = [["altered", f"f{number}.css", "on disk"] for number in range(25)]
    row = {"release": "r1", "server": "s1", "files": 30, "altered": 25, "drift": drift}
    lines = asset_report.table("verified", [row]).splitlines()
    assert lines[3] == "s1: altered f0.css (on disk)"
    assert lines[-1] == "s1: and 5 more"
