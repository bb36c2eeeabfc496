"""Reading pages of the API: what is accepted, and how a mistake is named."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from moztrap.library.importing.parse import NO_INSTRUCTION, read_sources
from moztrap.library.importing.problems import SourceError
from moztrap.library.importing.records import Source
from moztrap.library.tests.source import case, environment, page, step, tag, write


def read(tmp_path: Path, *contents: Any) -> Source:
    paths = [write(tmp_path / f"{index}.json", c) for index, c in enumerate(contents)]
    return read_sources(paths)


def problems_of(tmp_path: Path, *contents: Any) -> list[str]:
    with pytest.raises(SourceError) as caught:
        read(tmp_path, *contents)
    return [str(problem).replace(f"{tmp_path}/", "") for problem in caught.value.problems]


def test_it_reads_every_field(tmp_path: Path) -> None:
    source = read(
        tmp_path,
        page(
            case(
                7,
                name="  Ring\tthe bell ",
                description="One.\r\nTwo.",
                priority="None",
                status="draft",
                steps=[step(2, "Then.\r\n", "There."), step(1, "First.")],
                tags=[tag(1, "smoke"), tag(2, "all", product=None)],
                environments=[environment(5, 32, 40)],
            )
        ),
    )
    (read_case,) = source.cases
    assert (read_case.source_id, read_case.case_id) == (7, 1007)
    assert read_case.name == "Ring the bell"
    assert read_case.description == "One.\nTwo."
    assert (read_case.priority, read_case.status) == (None, "draft")
    assert [(s.number, s.instruction) for s in read_case.steps] == [(1, "First."), (2, "Then.\n")]
    assert [source.tags[i].is_global for i in read_case.tag_ids] == [False, True]
    assert source.environments[5].element_ids == (32, 40)
    assert source.element_ids == [32, 40]


def test_it_reads_gzip_by_name_and_by_content(tmp_path: Path) -> None:
    named = write(tmp_path / "a.json.gz", page(case(1)))
    unnamed = tmp_path / "b.json"
    unnamed.write_bytes(gzip.compress(b'{"objects": [], "meta": {}}', mtime=0))
    assert len(read_sources([named, unnamed]).cases) == 1


def test_a_step_without_an_instruction_keeps_its_place(tmp_path: Path) -> None:
    source = read(tmp_path, page(case(1, steps=[step(1, "  ", "Nothing.")])))
    assert source.cases[0].steps[0].instruction == NO_INSTRUCTION
    assert "object 0 (id 1): step 1 has no instruction" in source.notices[0]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": None}, "0.json: object 1 (id 2), name: is null; expected text"),
        ({"name": " "}, "0.json: object 1 (id 2), name: is empty"),
        ({"name": "x" * 256}, "name: has 256 characters; at most 255 fit"),
        ({"name": "a\x00b"}, "name: holds the control character U+0000"),
        ({"description": "\ud800"}, "description: holds the control character U+D800"),
        ({"description": "x" * 70_000}, "description: has 70,000 characters; at most 65,535 fit"),
        ({"status": "done"}, "status: is “done”; expected one of active, draft, disabled"),
        ({"priority": "5"}, "priority: is “5”; expected one of 1, 2, 3, 4, None"),
        ({"priority": 2}, "priority: is a number; expected one of 1, 2, 3, 4, None"),
        ({"case": "/case/1/"}, "case: is “/case/1/”; expected a URI such as /api/v1/case/1/"),
        ({"case": "/api/v1/case/1001/"}, "case: 1001 was already in"),
        ({"productversion": "/api/v1/productversion/9/"}, "productversion: is version 9, but"),
        ({"steps": "none"}, "steps: is text; expected a list"),
        ({"steps": [None]}, "steps[0]: is null; expected an object"),
        ({"steps": [{"number": 1, "expected": ""}]}, "steps[0].instruction: is missing"),
        ({"steps": [step(0, "Go.")]}, "steps[0].number: is 0; expected a positive"),
        ({"steps": [step(True, "Go.")]}, "steps[0].number: is true/false; expected a positive"),
        ({"steps": [step(1, "Go."), step(1, "Run.")]}, "steps: gives two steps the same number"),
        ({"tags": [tag(1, "noise")]}, "tags[0]: tag 1 differs from how an earlier object"),
        ({"tags": [tag(3, "x" * 101)]}, "tags[0].name: has 101 characters; at most 100 fit"),
        ({"tags": [tag(1, "smoke"), tag(1, "smoke")]}, "tags: names one of them twice"),
        ({"environments": [environment(9)]}, "environments[0].elements: is empty"),
        ({"environments": [environment(161, 33)]}, "environment 161 differs from how"),
    ],
)
def test_it_names_file_object_and_field(
    tmp_path: Path, changes: dict[str, Any], expected: str
) -> None:
    problems = problems_of(tmp_path, page(case(1), case(2, **changes)))
    assert len(problems) == 1
    assert problems[0].startswith("0.json: object 1 (id 2)")
    assert expected in problems[0]


def test_an_id_in_two_files_is_named_with_both_places(tmp_path: Path) -> None:
    again = case(1, case="/api/v1/case/5/")
    problems = problems_of(tmp_path, page(case(1)), page(case(2), again))
    assert problems[0].startswith("1.json: object 1 (id 1), id: 1 was already in ")
    assert problems[0].endswith("0.json: object 0 (id 1)")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"objects": [}', "0.json, line 1 column 14: is not JSON"),
        (b'{"objects": [NaN]}', "0.json: is not JSON: NaN is not allowed"),
        (b'{"objects": ["\xff"]}', "0.json, byte 14: is not UTF-8 text"),
        (b"[]", "0.json: is a list; expected a page of the API"),
        (b"null", "0.json: is null; expected a page of the API"),
        (b"{}", "0.json, objects: is missing"),
        (b'{"objects": {}}', "0.json, objects: is an object; expected a list"),
        (b"\x1f\x8bnot gzip", "0.json: is not a whole gzip file"),
        (gzip.compress(b'{"objects": []}', mtime=0)[:-6], "0.json: is not a whole gzip file"),
        (b'{"objects": []}', "the given files, objects: hold no test case"),
        (b'{"objects": [3]}', "0.json: object 0: is a number; expected an object"),
        (b"[" * 200_000, "0.json: is not JSON"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, data: bytes, expected: str) -> None:
    assert problems_of(tmp_path, data)[0].startswith(expected)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"absent\.json: cannot be read: No such file"):
        read_sources([tmp_path / "absent.json"])


def test_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    problems = problems_of(tmp_path, b"{", page(case(1, name="", status="x")), page(7))
    assert [problem.split(":")[0].split(",")[0] for problem in problems] == [
        "0.json",
        "1.json",
        "1.json",
        "2.json",
    ]


def test_the_digest_tells_content_and_nothing_else(tmp_path: Path) -> None:
    first = read(tmp_path, page(case(1)))
    moved = read(tmp_path, page(case(2), case(1, modified_on="2016-01-21T08:52:07")))
    changed = read(tmp_path, page(case(1, steps=[step(1, "Press it twice.")])))
    retagged = read(tmp_path, page(case(1, tags=[tag(1, "noise")])))
    digests = [s.digest_of(s.cases[-1]) for s in (first, moved, changed, retagged)]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3
