"""What a site runs, what it ran before, and where it is held."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.helpers import plugins  # noqa: F401  # makes our shared code importable

from ansible.module_utils.moztrap.record import Record, RecordError, RecordFile  # isort: skip
from plugins.modules.moztrap_record import note  # isort: skip


def finished(record: Record, release: str, direction: str = "forward") -> None:
    """A whole run: it begins, and every host runs the release."""
    options: dict[str, Any] = {"release": release, "deployment": f"{release}-s", "by": "ada@desk"}
    options |= {"reason": "", "direction": direction}
    note(record, {**options, "step": "begin"})
    note(record, {**options, "step": "finish"})


@pytest.fixture
def record() -> Record:
    """Three releases, one after the other."""
    made = Record()
    for release in ("r1", "r2", "r3"):
        finished(made, release)
    return made


def test_back_twice_goes_two_releases_back(record: Record) -> None:
    assert record.back() == "r2"
    finished(record, "r2", "back")
    assert record.back() == "r1"
    finished(record, "r1", "back")
    assert (record.current, record.previous) == ("r1", "")
    with pytest.raises(RecordError, match="release_id"):
        record.back()


def test_a_release_after_a_way_back_forgets_what_was_gone_back_from(record: Record) -> None:
    finished(record, "r2", "back")
    finished(record, "r4")
    assert record.history == ["r1", "r2", "r4"]
    assert record.previous == "r2"


def test_a_way_back_holds_the_site_until_an_explicit_release(record: Record) -> None:
    finished(record, "r2", "back")
    assert record.hold["release"] == "r2"
    assert record.hold["by"] == "ada@desk"
    finished(record, "r2", "same")
    assert record.hold["release"] == "r2"
    assert record.current == "r2"
    finished(record, "r3")
    assert record.hold == {}


def test_an_earlier_release_that_is_released_again_is_the_newest(record: Record) -> None:
    finished(record, "r1")
    assert record.history == ["r2", "r3", "r1"]
    assert record.previous == "r3"
    finished(record, "r2", "same")
    assert record.previous == "r1"


def test_after_an_interrupted_activation_back_is_where_all_were(record: Record) -> None:
    record.begin("r4")
    assert record.current == "r3"
    assert record.back() == "r3"
    assert "r4" in record.needed


def test_changed_settings_are_no_other_release(record: Record) -> None:
    record.finish("r3", "r3-t", "later")
    assert record.previous == "r2"
    assert record.deployment == "r3-t"


def test_live_before_and_held_releases_are_needed(record: Record) -> None:
    assert record.needed == ["r2", "r3"]
    finished(record, "r1", "back")
    assert record.needed == ["r1"]


def test_it_is_written_once_and_read_again(tmp_path: Path, record: Record) -> None:
    file = RecordFile(tmp_path / "site")
    assert file.read() == Record()
    assert file.write(record)
    assert not file.write(record)
    assert file.read() == record
    file.path.write_text("{")
    with pytest.raises(RecordError, match=r"status\.yml"):
        file.read()
