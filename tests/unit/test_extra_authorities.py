"""`base_extra_ca_files`: whom hosts trust besides Debian's authorities, and until when."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers import certificates
from tests.helpers.role_templates import value

FOLDER = "/usr/local/share/ca-certificates/"


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    return certificates.make_authority(tmp_path / "ours", "Ours") / certificates.AUTHORITY


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    return certificates.make_authority(tmp_path / "theirs", "Theirs") / certificates.AUTHORITY


def kept(*files: Path) -> dict[str, str]:
    """Path on the host → content."""
    found = value("base", "base__authorities", base_extra_ca_files=[str(file) for file in files])
    return dict(found)


def test_nobody_is_trusted_by_default() -> None:
    assert kept() == {}


def test_files_of_one_name_do_not_take_each_others_place(ours: Path, theirs: Path) -> None:
    assert ours.name == theirs.name
    found = kept(ours, theirs)
    assert list(found.values()) == [ours.read_text(), theirs.read_text()]
    for path in found:
        assert path.startswith(f"{FOLDER}moztrap-")
        assert path.endswith(".crt")


def test_each_authority_of_a_bundle_gets_a_file_of_its_own(
    ours: Path, theirs: Path, tmp_path: Path
) -> None:
    """Debian's index has one of each file: the others would be trusted by some programs alone."""
    bundle = tmp_path / "bundle.pem"
    bundle.write_text(f"Ours, as text\n{ours.read_text()}\n{theirs.read_text().rstrip()}")
    assert kept(bundle) == kept(ours, theirs)
    assert kept(bundle, ours) == kept(ours, theirs)
