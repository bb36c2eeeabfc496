"""Many hosts on one machine need more of the kernel's watches than it allows by itself."""

from pathlib import Path

import pytest

from testbed import watches
from testbed.errors import TestbedError


@pytest.fixture
def limit(tmp_path: Path) -> Path:
    file = tmp_path / "max_user_instances"
    file.write_text("128\n")
    return file


def test_room_is_made_for_every_host_and_told(
    limit: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    watches.make_room(20, limit)
    assert int(limit.read_text()) >= 128 + 20 * 5
    said = capsys.readouterr()
    assert "was 128" in said.out + said.err


def test_a_machine_with_room_is_left_alone(limit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    limit.write_text("65536\n")
    watches.make_room(20, limit)
    assert limit.read_text() == "65536\n"
    assert capsys.readouterr() == ("", "")


def test_a_machine_that_forbids_it_is_told_what_to_set(tmp_path: Path) -> None:
    folder = tmp_path / "limit"
    folder.mkdir()

    class Fixed(type(folder)):  # type: ignore[misc]
        def read_text(self, *_: object, **__: object) -> str:
            return "128"

    with pytest.raises(TestbedError, match=r"sysctl fs\.inotify"):
        watches.make_room(20, Fixed(folder))
