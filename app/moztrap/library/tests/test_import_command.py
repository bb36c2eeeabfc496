"""The command `import_moztrap`: what it says, and when it writes."""

import gzip
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from moztrap.core.actions import ConflictError
from moztrap.library.management.commands.import_moztrap import Command
from moztrap.library.models import CaseVersion
from moztrap.library.tests.source import case, page, write

pytestmark = pytest.mark.django_db


class Terminal(StringIO):
    """A place to write to where a person watches."""

    def isatty(self) -> bool:
        return True


def run(*arguments: str | Path, out: StringIO | None = None) -> str:
    out = out or StringIO()
    call_command("import_moztrap", *map(str, arguments), stdout=out, no_color=True)
    return out.getvalue()


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    return [
        write(tmp_path / "0.json", page(case(1), case(2))),
        write(tmp_path / "1.json.gz", page(case(3))),
    ]


def test_it_reports_a_table(files: list[Path]) -> None:
    said = run("Bell", "1.0", *files)
    assert "Reading files: 2 in" in said
    assert "Writing cases: 3 in" in said
    assert "cases                 3        3        0          0" in said
    assert said.rstrip().endswith("Imported.")
    assert CaseVersion.objects.count() == 3


def test_it_says_when_there_is_nothing_to_do(files: list[Path]) -> None:
    run("Bell", "1.0", *files)
    said = run("Bell", "1.0", *files)
    assert "cases                 3        0        0          3" in said
    assert said.rstrip().endswith("Nothing to do: all of it is here already.")


def test_a_dry_run_writes_nothing(files: list[Path]) -> None:
    said = run("Bell", "1.0", *files, "--dry-run")
    assert "cases                 3        3        0          0" in said
    assert "Nothing was written" in said
    assert not CaseVersion.objects.exists()


def test_a_terminal_gets_a_bar(files: list[Path]) -> None:
    out = Terminal()
    run("Bell", "1.0", *files, out=out)
    assert "\rReading files ███████████████░░░░░░░░░░░░░░░ 1 of 2" in out.getvalue()


def test_one_broken_record_stops_all(files: list[Path], tmp_path: Path) -> None:
    bad = write(tmp_path / "2.json", page(case(4), case(5, status="odd")))
    with pytest.raises(CommandError) as caught:
        run("Bell", "1.0", *files, bad)
    assert "Nothing was imported" in str(caught.value)
    assert f"{bad}: object 1 (id 5), status: is “odd”" in str(caught.value)
    assert not CaseVersion.objects.exists()


def case_without(name: str) -> dict[str, Any]:
    return {key: value for key, value in case(4).items() if key != name}


BROKEN: list[tuple[str, Any, str]] = [
    ("cut.json", gzip.compress(b'{"objects": []}', mtime=0)[:-6], ": is not a whole gzip file"),
    ("list.json", [case(4)], ": is a list; expected a page of the API"),
    ("latin.json", '{"objects": ["é"]}'.encode("latin-1"), ", byte 14: is not UTF-8 text"),
    ("nameless.json", page(case_without("name")), ": object 0 (id 4), name: is missing"),
    (
        "long.json",
        page(case(4), case(5, name="x" * 256)),
        ": object 1 (id 5), name: has 256 characters; at most 255 fit",
    ),
    (
        "step.json",
        page(case(4, steps=[{"number": 1, "expected": ""}])),
        ": object 0 (id 4), steps[0].instruction: is missing",
    ),
    ("twice.json", page(case(4), case(1, name="Other")), ": object 1 (id 1), id: 1 was already in"),
]


def everything() -> dict[str, list[Any]]:
    models = apps.get_models(include_auto_created=True)
    return {m._meta.label: list(m._base_manager.order_by("pk").values()) for m in models}


@pytest.mark.parametrize(("name", "content", "expected"), BROKEN, ids=[b[0] for b in BROKEN])
def test_what_is_broken_is_named_and_nothing_is_written(
    files: list[Path], tmp_path: Path, name: str, content: Any, expected: str
) -> None:
    before = everything()
    bad = write(tmp_path / name, content)
    for mode in ([], ["--dry-run"]):
        with pytest.raises(CommandError) as caught:
            run("Bell", "1.0", *files, bad, *mode)
        assert f"{bad}{expected}" in str(caught.value)
    assert everything() == before


def test_a_folder_and_a_missing_file_are_named(files: list[Path], tmp_path: Path) -> None:
    with pytest.raises(CommandError) as caught:
        run("Bell", "1.0", *files, tmp_path, tmp_path / "absent.json")
    assert f"{tmp_path}: cannot be read: Is a directory" in str(caught.value)
    assert f"{tmp_path}/absent.json: cannot be read: No such file" in str(caught.value)
    assert not CaseVersion.objects.exists()


def test_many_problems_are_counted(tmp_path: Path) -> None:
    bad = write(tmp_path / "0.json", page(*(case(i, name="") for i in range(1, 31))))
    with pytest.raises(CommandError, match="and 10 more"):
        run("Bell", "1.0", bad)


def test_a_refused_write_is_no_traceback(
    files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise ConflictError("There is a product of this name already.")

    monkeypatch.setattr(f"{Command.__module__}.import_cases", refuse)
    with pytest.raises(CommandError, match="There is a product of this name"):
        run("Bell", "1.0", *files)


@pytest.mark.parametrize(("product", "version"), [("", "1"), ("Bell", " "), ("x" * 101, "1")])
def test_names_must_fit(files: list[Path], product: str, version: str) -> None:
    with pytest.raises(CommandError, match="give 1 to 100 characters"):
        run(product, version, *files)
